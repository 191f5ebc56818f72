package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.state.document.UpdateReport.KeptFile;
import updater.state.document.UpdateReport.PhaseTime;

/** The agent updates itself from the packaged tarball under a real systemd, and the new version does well or badly. */
@SystemTest
final class UpdateSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    /** Less than the 10 s that a silent agent gets, and more than any load makes of the 2 s for one that is gone. */
    private static final Duration AT_ONCE = Duration.ofSeconds(6);

    @TempDir
    Path scratch;

    @Test
    void update_fromThePackagedTarball_leavesTheNewVersionRunning(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);

        scenario.update(scenario.offer(V2), bundles.packaged()).assertUpdated("v2");
    }

    /** systemd kills everything in the control group of such a unit, the updater too were it still in there. */
    @Test
    void update_ofUnitThatKillsItsControlGroup_survivesTheStop(Box box, Bundles bundles) {
        SampleAgent old = V1.killMode("control-group");
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, old);

        scenario.update(V2.killMode("control-group")).assertUpdated("v2");
    }

    @Test
    @Tag("slow")
    void update_twiceInARow_worksFromTheLauncherThatTheFirstLeft(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.update(V2).assertUpdated("v2");

        scenario.update(SampleAgent.bindplane("v3")).assertUpdated("v3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"process", "control-group"})
    void update_toAgentThatReportsFailure_bringsTheOldOneBack(String killMode, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1.killMode(killMode));

        scenario.update(V2.killMode(killMode).behaving("report failed"))
                .assertRolledBack("the new agent reported that its installation failed")
                .assertProven();
    }

    /** Meanwhile the update can be looked at, and nobody can work on the same home: another updater waits, and finds nothing to do. */
    @Test
    @Tag("slow")
    void update_toAgentThatReportsNothing_endsAfterTheWindowAndKeepsASecondUpdaterOut(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2.behaving("report nothing"));
        HostState before = HostState.of(box, scenario.agent());

        long updater = scenario.start("v2", scenario.bundle(offer));
        scenario.agent().awaitRunning("v2");
        Command.Result status = scenario.updater("status");
        Command.Result guard = scenario.updater("recover");
        boolean meanwhile = Files.exists(box.live("/proc/" + updater));
        Command.Result second = scenario.updater();
        boolean ended = !Files.exists(box.live("/proc/" + updater));
        scenario.awaitEnd(updater);

        assertThat(meanwhile).as("the first updater was still at work").isTrue();
        assertThat(guard.exit()).as(guard.toString()).isEqualTo(3);
        assertThat(guard.err()).contains("another updater is at work", "process " + updater);
        assertThat(status.exit()).as(status.toString()).isEqualTo(3);
        assertThat(status.out())
                .startsWith("now          an updater is at work: process " + updater)
                .contains("last phase start requested");
        // On a busy host the first one may outlast its patience, and end before it was looked at.
        assertThat(second.exit()).as(second.toString()).isIn(3, 5);
        assertThat(ended || second.exit() == 3).as("the second one waited").isTrue();
        assertThat(second.err()).contains("another updater is at work", "process " + updater, "waiting for it");
        EndedUpdate first = scenario.ended(offer, before, java.util.OptionalInt.empty());
        first.assertRolledBack("the new agent did not prove healthy within 10000 ms")
                .assertProven();
        assertThat(watched(first)).isGreaterThanOrEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @CsvSource({"exit-at-start 7, failed", "die-after-report-ms 100, failed"})
    void update_toAgentThatDies_isNoticedAtOnce(String behaviour, String word, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);

        EndedUpdate ended = scenario.update(V2.behaving(behaviour))
                .assertRolledBack("the new agent's service " + InstalledAgent.UNIT + " " + word)
                .assertProven();

        assertThat(watched(ended)).isLessThan(AT_ONCE);
    }

    private static Duration watched(EndedUpdate ended) {
        return ended.report().times().phases().stream()
                .filter(phase -> phase.name().equals("health check"))
                .map(PhaseTime::took)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void update_toAgentThatChangesFilesAndFails_revertsAndKeepsThem(Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);

        EndedUpdate ended = scenario.update(V2.behaving("write storage/file_storage offset 18")
                        .behaving("write storage/more/deep text of v2")
                        .behaving("write config.yaml rewritten by v2")
                        .behaving("delete plugins/unchanged.yaml")
                        .behaving("delete plugins/only_in_v1.yaml")
                        .behaving("chmod 0600 plugins/common.yaml")
                        .behaving("chmod 0700 storage")
                        .behaving("report failed"))
                .assertRolledBack("the new agent reported")
                .assertProven();

        List<KeptFile> kept = ended.report().changes().kept();
        assertThat(kept).extracting(KeptFile::path).contains("storage/file_storage", "storage/more", "config.yaml");
        KeptFile more = kept.stream()
                .filter(file -> file.path().equals("storage/more"))
                .findFirst()
                .orElseThrow();
        assertThat(box.at(more.where()).resolve("deep")).hasContent("text of v2");
    }

    @Test
    void rollback_ofTreeWithEverythingInIt_bringsBackEveryNameAndAttribute(Box box, Bundles bundles)
            throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        fillHome(scenario);

        scenario.update(V2.behaving("report failed"))
                .assertRolledBack("the new agent reported")
                .assertProven();
    }

    @Test
    void update_ofTreeWithEverythingInIt_keepsWhatItDoesNotReplace(Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        fillHome(scenario);

        scenario.update(V2).assertUpdated("v2");
    }

    /** Owners, modes, links, names, capabilities, ACLs and attributes, of files that are replaced and of others. */
    private static void fillHome(BoxedUpdate scenario) throws IOException {
        scenario.box()
                .exec("sh", "-c", """
                set -e
                cd "$1"
                setcap cap_net_bind_service=ep agent
                setfacl -m u:65534:r,g:4:rw plugins/common.yaml
                setfacl -d -m u:65534:rx storage
                setfattr -n user.note -v replaced VERSION
                setfattr -n trusted.note -v kept storage/file_storage
                chown 1234:2345 VERSION plugins storage
                chmod 02770 plugins
                mkdir -p 'odd/empty' 'odd/-dash' odd/read-only "$(printf 'odd/new\\nline')" 'odd/ümläut' tmpdata logs
                printf x >'odd/sp ace'
                printf x >odd/read-only/file
                chmod 0400 odd/read-only/file
                chmod 0500 odd/read-only
                ln storage/file_storage odd/second-name
                ln -s ../nowhere odd/dangling
                ln -s /etc odd/to-directory
                ln -s ../plugins odd/to-plugins
                printf kept >tmpdata/file
                chattr +i odd/sp\\ ace
                """, "fill", scenario.agent().inHome(""))
                .ok();
        Files.setLastModifiedTime(
                scenario.agent().home().resolve("odd"), FileTime.from(Instant.parse("2001-02-03T04:05:06.123456789Z")));
    }
}
