package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.api.VendorCommands;
import updater.api.conformance.ProductEdit;
import updater.app.Program;
import updater.state.document.ProductJson;

/** A product that has its hooks run, and whose versions are on probation, under a real systemd. */
@SystemTest
final class ProbationSystemTests {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String GUARD = SampleAgent.BINDPLANE + "-updater-guard";
    private static final String RAN = "/srv/hooks.log";
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    @TempDir
    Path scratch;

    private static Probe.Command hook(String... words) {
        return new Probe.Command(List.of(words), Duration.ofSeconds(20));
    }

    private Path bundle(BoxedUpdate scenario, Bundles bundles, BoxedUpdate.Offer offer, int beforeStop)
            throws IOException, UpdateFailure {
        Product product;
        try (InputStream builtIn = Program.class.getResourceAsStream("bindplane.json")) {
            product = ProductJson.read(builtIn.readAllBytes(), "built in");
        }
        Path hooks = Files.createDirectories(offer.tree().resolve("updater-hooks"));
        for (String name : List.of("before", "after", "back")) {
            Path hook = hooks.resolve(name);
            Files.writeString(hook, """
                    #!/bin/sh
                    echo "$(id -u) $0 $*" >>%s
                    exit %d
                    """.formatted(RAN, name.equals("before") ? beforeStop : 0));
            Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Product described = ProductEdit.of(product)
                .probation(Duration.ofHours(1))
                .commands(new VendorCommands(
                        List.of(),
                        List.of(hook("[HOOKS]before", "[INSTALLDIR]", "[FROM]", "[TO]")),
                        List.of(hook("[HOOKS]after")),
                        List.of(hook("[HOOKS]back")),
                        List.of()))
                .product();
        Path file = Files.write(scratch.resolve("product.json"), ProductJson.write(described));
        Path bundle = Bundles.write(
                offer.tree(),
                bundles.runtimeTree(),
                file,
                scratch.resolve(offer.agent().version() + ".tar.gz"));
        scenario.box().exec("rm", "-f", RAN).ok();
        return bundle;
    }

    /** The guard's timer is there, but nobody waits for its turn. */
    private static void look(Box box) {
        box.systemctl("start", GUARD + ".service");
    }

    private static List<String> ran(Box box) {
        return box.exists(RAN) ? box.read(RAN).lines().toList() : List.of();
    }

    @Test
    void version_thatIsRestartedAgainAndAgain_isTakenBackByTheGuard(Box box, Bundles bundles) throws Exception {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        BoxedUpdate.Offer offer = scenario.offer(V2);
        HostState before = HostState.of(box, scenario.agent());
        EndedUpdate ended = scenario.update(offer, bundle(scenario, bundles, offer, 0));
        assertThat(ended.after().version()).as(ended.log()).isEqualTo("v2");
        assertThat(ended.report().reason()).isEqualTo("on probation until it has run for 3600 s");
        assertThat(ran(box)).hasSize(2);
        assertThat(ran(box).getFirst())
                .matches("0 " + InstalledAgent.STATE + "/runtime[^/]*/hooks/before " + InstalledAgent.HOME + "/ v1 v2");
        assertThat(ran(box).getLast()).matches("0 " + InstalledAgent.STATE + "/runtime[^/]*/hooks/after ");
        assertThat(scenario.agent().home().resolve("updater-hooks")).doesNotExist();
        assertThat(box.show(GUARD + ".timer", "ActiveState")).isEqualTo("active");

        look(box);
        assertThat(scenario.updater("status").out()).contains("version v2 is ON PROBATION", "of 3600 s");
        assertThat(box.exec("pgrep", "-a", "-f", "updater[.]app/updater").out())
                .as("between two looks nothing runs")
                .isEmpty();
        for (int i = 0; i < 3; i++) {
            String pid = box.show(InstalledAgent.UNIT, "MainPID");
            box.exec("kill", "-KILL", pid).ok();
            Await.until(
                    LIMIT,
                    "systemd restarts the agent",
                    () -> !List.of(pid, "0").contains(box.show(InstalledAgent.UNIT, "MainPID"))
                            && box.show(InstalledAgent.UNIT, "ActiveState").equals("active"));
        }
        look(box);

        scenario.agent().awaitRunning("v1");
        assertThat(scenario.updater("status").out())
                .contains("version v2 has failed its probation, its service was restarted 3 times", "was taken back");
        assertThat(box.init().guardTraces(box)).isEmpty();
        assertThat(HostState.of(box, scenario.agent())
                        .home()
                        .ignoringDirectoryTimes()
                        .changesSince(before.home().ignoringDirectoryTimes()))
                .isEmpty();
    }

    @Test
    void version_onProbationWhenTheHostBoots_goesOnToBeLookedAt(Box box, Bundles bundles) throws Exception {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        BoxedUpdate.Offer offer = scenario.offer(V2);
        scenario.update(offer, bundle(scenario, bundles, offer, 0));
        box.reboot();
        scenario.agent().awaitRunning("v2");
        Await.until(
                LIMIT,
                "the guard's timer runs",
                () -> box.show(GUARD + ".timer", "ActiveState").equals("active"));
        assertThat(scenario.updater("status").out()).contains("is ON PROBATION");
        box.systemctl("stop", InstalledAgent.UNIT);

        look(box);

        assertThat(scenario.updater("status").out()).contains("is ON PROBATION");
        assertThat(scenario.agent().read("VERSION").strip()).isEqualTo("v2");
    }

    @Test
    void hook_thatFailsBeforeTheStop_refusesTheUpdate(Box box, Bundles bundles) throws Exception {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        BoxedUpdate.Offer offer = scenario.offer(V2);

        EndedUpdate ended = scenario.update(offer, bundle(scenario, bundles, offer, 9));

        ended.assertRefused("a hook of the vendor does not let the agent be stopped now");
        assertThat(ended.after().mainPid()).isEqualTo(ended.before().mainPid());
        assertThat(ran(box)).hasSize(1);
    }

    @Test
    void hook_afterARollback_isRunOnceTheOldVersionRuns(Box box, Bundles bundles) throws Exception {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        BoxedUpdate.Offer offer = scenario.offer(V2.behaving("report failed"));

        EndedUpdate ended = scenario.update(offer, bundle(scenario, bundles, offer, 0));

        ended.assertRolledBack("the new agent reported").assertProven().assertNothingLeft();
        assertThat(ran(box)).hasSize(2);
        assertThat(ran(box).getLast()).contains("/hooks/back ");
    }
}
