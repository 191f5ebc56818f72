package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.state.document.UpdateReport;

/** An agent whose operator keeps its program and more of its files elsewhere, with links in their place. */
@SystemTest
final class LinksInHomeSystemTests {
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    /** The guard looks every 15 s, and what it starts takes its time on a busy machine. */
    private static final Duration GUARDED = Duration.ofSeconds(60);

    @TempDir
    Path scratch;

    /** The program is behind two links, and the version's name on another file system. */
    private BoxedUpdate installed(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        box.exec("sh", "-ec", """
                rm -rf /srv/releases /run/releases
                mkdir /srv/releases /run/releases
                cd "$1"
                mv agent plugins/common.yaml config.yaml /srv/releases
                mv VERSION /run/releases
                ln -s agent /srv/releases/current
                ln -s /srv/releases/current agent
                ln -s /run/releases/VERSION VERSION
                ln -s /srv/releases/common.yaml plugins/common.yaml
                ln -s /srv/releases/config.yaml config.yaml
                systemctl restart "$2"
                """, "link", InstalledAgent.HOME, InstalledAgent.UNIT)
                .ok();
        scenario.agent().awaitRunning("v1");
        return scenario;
    }

    /** What the links lead to: names, owners, modes, times and bytes. */
    private static String releases(Box box) {
        return box.exec(
                        "sh",
                        "-ec",
                        "cd /; find srv/releases run/releases -printf '%p %y %l %u %m %T@ %i\\n' | sort;"
                                + " find srv/releases run/releases -type f -exec sha256sum {} + | sort")
                .ok();
    }

    @Test
    void update_linksInPlaceOfFiles_areReplacedAndComeBackWithTheVersionBefore(Box box, Bundles bundles) {
        BoxedUpdate scenario = installed(box, bundles);
        String releases = releases(box);
        HostState before = HostState.of(box, scenario.agent());

        EndedUpdate ended = scenario.update(V2).assertUpdated("v2");

        assertThat(releases(box)).isEqualTo(releases);
        assertThat(ended.report().warnings())
                .contains("it takes the place of a link, and what that led to is left alone: agent ->"
                        + " /srv/releases/current");
        assertThat(scenario.updater("status").out()).contains("VERSION -> /run/releases/VERSION");
        assertThat(box.exec("readlink", scenario.agent().inHome("config.yaml")).ok())
                .isEqualTo("/srv/releases/config.yaml");

        Command.Result back = scenario.updater("rollback");

        assertThat(back.exit()).as(back + scenario.updaterLog()).isZero();
        scenario.agent().awaitRunning("v1");
        assertThat(HostState.of(box, scenario.agent())
                        .home()
                        .ignoringDirectoryTimes()
                        .changesSince(before.home().ignoringDirectoryTimes()))
                .isEmpty();
        assertThat(releases(box)).isEqualTo(releases);
    }

    @Test
    void update_newAgentFails_linksAreThereAgain(Box box, Bundles bundles) {
        BoxedUpdate scenario = installed(box, bundles);
        String releases = releases(box);

        scenario.update(V2.behaving("report failed"))
                .assertRolledBack("the new agent reported")
                .assertProven();

        assertThat(releases(box)).isEqualTo(releases);
    }

    @Test
    void updater_killedWhileTheNewAgentIsWatched_guardPutsTheLinksBack(Box box, Bundles bundles) {
        BoxedUpdate scenario = installed(box, bundles);
        String releases = releases(box);
        BoxedUpdate.Offer offer = scenario.offer(V2.behaving("report nothing").unitLine("# of v2"));
        HostState before = HostState.of(box, scenario.agent());

        long updater = scenario.start("v2", scenario.bundle(offer));
        scenario.agent().awaitRunning("v2");
        assertThat(scenario.agent().home().resolve("agent")).isRegularFile();
        assertThat(Files.isSymbolicLink(scenario.agent().home().resolve("agent")))
                .isFalse();
        box.processHere(updater).destroyForcibly();
        Await.until(
                GUARDED,
                () -> "the guard has finished:\n" + scenario.updaterLog() + box.journal(),
                () -> scenario.updaterLog().contains("\"ended\"")
                        && box.init().guardTraces(box).isEmpty());

        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        assertThat(ended.report().outcome()).isEqualTo(UpdateReport.Outcome.ROLLED_BACK);
        assertThat(ended.report().run().recovered()).isTrue();
        ended.assertUnchanged().assertNothingLeft().assertProven();
        assertThat(ended.after().version()).isEqualTo("v1");
        assertThat(releases(box)).isEqualTo(releases);
    }

    /** A link that the agent's user has made is refused, and the command that is printed mends that. */
    @Test
    void update_linkIsAnothers_isRefusedUntilItIsRemoved(Box box, Bundles bundles) {
        BoxedUpdate scenario = installed(box, bundles);
        String plugin = scenario.agent().inHome("plugins/common.yaml");
        box.exec("chown", "-h", "65534", plugin).ok();
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");

        EndedUpdate ended = scenario.updateByHand(scenario.offer(V2));

        Printed refused = new Printed(ended.exit().orElseThrow(), ended.output())
                .says(5, "home-conflict", "plugins/common.yaml, which leads to /srv/releases/common.yaml");
        assertThat(ended.after().mainPid()).isEqualTo(ended.before().mainPid());
        assertThat(Runbook.of("home-conflict")).contains("`rm` of the message");
        box.exec("sh", "-c", refused.command("rm /[^']+")).ok();
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        ended = scenario.updateByHand(scenario.offer(V2));
        assertThat(ended.exit()).as(ended.output()).hasValue(0);
        assertThat(scenario.agent().read("plugins/common.yaml")).contains("v2");
    }
}
