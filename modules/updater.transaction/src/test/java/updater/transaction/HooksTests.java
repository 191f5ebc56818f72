package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.UpdateFailure;
import updater.api.UpdateTerms.Policy;
import updater.api.VendorCommands;
import updater.api.conformance.ProductEdit;
import updater.api.service.Commands;
import updater.api.service.ServiceState.Activity;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.CrashPoints;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.RealCommands;
import updater.transaction.world.World;

/** Programs of the vendor that root runs around an update, as real programs. */
final class HooksTests {
    @TempDir
    private Path directory;

    private World world;
    private Path ran;

    @BeforeEach
    void begin() throws IOException {
        Path root = Files.createDirectory(directory.toRealPath().resolve("world"));
        world = new World(
                root,
                Definition.OUTSIDE,
                product -> ProductEdit.of(product)
                        .policy(Policy.USUAL)
                        .commands(new VendorCommands(
                                List.of(),
                                List.of(hook("first", "[INSTALLDIR]", "[FROM]-[TO]"), hook("second")),
                                List.of(hook("started"), hook("told")),
                                List.of(hook("back")),
                                List.of()))
                        .product(),
                context -> context);
        world.javaHome = directory.toRealPath().resolve("runtime");
        ran = directory.toRealPath().resolve("ran");
        world.commands = new RealCommands();
        for (String name : List.of("first", "second", "started", "told", "back")) {
            script(name, "exit 0");
        }
        world.newAgent(0, () -> {});
    }

    private static Probe.Command hook(String... words) {
        List<String> argv = new ArrayList<>(List.of(words));
        argv.set(0, VendorCommands.HOOKS + words[0]);
        return new Probe.Command(argv, Duration.ofSeconds(20));
    }

    private void script(String name, String end) throws IOException {
        Path file = Files.createDirectories(world.javaHome.resolve("hooks")).resolve(name);
        Files.writeString(file, "#!/bin/sh\necho " + name + " \"$@\" >>" + ran + "\n" + end + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> ran() throws IOException {
        return Files.exists(ran) ? Files.readAllLines(ran) : List.of();
    }

    private UpdateReport report() throws Exception {
        return ReportJson.read(Files.readAllBytes(world.layout().report()));
    }

    @Test
    void update_hooksSucceed_runInTheirOrderWithTheirWords() throws Exception {
        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(ran()).containsExactly("first " + world.layout().home() + "/ 1-2", "second", "started", "told");
        assertThat(report().warnings()).isEmpty();
    }

    @Test
    void update_hookBeforeTheStopFails_isRefusedAndNothingIsLeft() throws Exception {
        script("second", "echo 'a backup is running' >&2; exit 7");
        TreeSnapshot before = world.home();

        assertThat(world.update()).isEqualTo(5);

        assertThat(world.failure)
                .contains("does not let the agent be stopped now", "ended with 7: a backup is running");
        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(world.staged("agent")).hasContent(World.NEW);
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.service.armed).isFalse();
        assertThat(ran()).hasSize(2);
        assertThat(report().explanation().refusalCode()).isEqualTo("hook-failed");
    }

    @Test
    void update_hookDoesNotEnd_isRefused() throws Exception {
        world.close();
        Path root = Files.createDirectory(directory.toRealPath().resolve("other"));
        Probe.Command endless = new Probe.Command(List.of("[HOOKS]first"), Duration.ofMillis(200));
        Path runtime = world.javaHome;
        world = new World(
                root,
                Definition.OUTSIDE,
                product -> ProductEdit.of(product)
                        .commands(new VendorCommands(List.of(), List.of(endless), List.of(), List.of(), List.of()))
                        .product(),
                context -> context);
        world.javaHome = runtime;
        world.commands = new RealCommands();
        script("first", "exec sleep 1000");

        assertThat(world.update()).isEqualTo(5);

        assertThat(world.failure).contains("[HOOKS]first");
        assertThat(world.service.calls()).doesNotContain("stop");
    }

    @Test
    void update_hookAfterTheStartFails_isReportedAndTheOthersRun() throws Exception {
        script("started", "echo 'no such server'; exit 1");

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(report().warnings())
                .containsExactly("a hook of the vendor failed, '[HOOKS]started': it ended with 1: no such server");
        assertThat(ran()).endsWith("started", "told");
        assertThat(world.home("agent")).hasContent(World.NEW);
    }

    @Test
    void update_rolledBack_runsTheHooksOfThat() throws Exception {
        world.newAgent(3, () -> {});
        script("back", "exit 2");

        assertThat(world.update()).isEqualTo(1);

        assertThat(ran()).endsWith("second", "back").hasSize(3);
        assertThat(report().warnings()).singleElement().asString().contains("'[HOOKS]back': it ended with 2");
        assertThat(world.home("agent")).hasContent(World.OLD);
    }

    @Test
    void update_agentStaysStopped_noHookOfItsStartIsRun() throws Exception {
        world.service.exit(Activity.INACTIVE);

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(ran()).doesNotContain("started", "told");
    }

    /** What a hook did before the updater died must be possible to do again. */
    @Test
    void recover_killedInAHookAfterTheStart_runsAllOfThemAgain() throws Exception {
        world.commands = new Killing("told");
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.commands = new RealCommands();

        assertThat(world.recover()).as(() -> world.failure).isZero();

        assertThat(ran()).endsWith("started", "started", "told");
        assertThat(report().outcome()).isEqualTo(UpdateReport.Outcome.UPDATED);
        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void recover_killedInAHookBeforeTheStop_leavesTheAgentAlone() throws Exception {
        world.commands = new Killing("second");
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.commands = new RealCommands();

        world.recover();

        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(ran()).hasSize(1);
    }

    /** The agent waits for a recovery at boot, and a hook may wait for the agent. */
    @Test
    void recover_atBoot_leavesTheHooksToTheGuard() throws Exception {
        world.commands = new Killing("told");
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.commands = new RealCommands();
        world.reboot();
        world.atBoot = true;
        int before = ran().size();

        assertThat(world.recover()).as(() -> world.failure).isZero();
        assertThat(ran()).hasSize(before);
        assertThat(world.layout().journal()).exists();
        assertThat(world.service.armed).isTrue();

        world.atBoot = false;
        assertThat(world.recover()).as(() -> world.failure).isZero();
        assertThat(ran()).endsWith("started", "told");
        assertThat(world.layout().journal()).doesNotExist();
    }

    /** Who writes the status file is the agent. */
    @Test
    void update_versionsThatAreNone_areNotHandedOn() throws Exception {
        String status = World.status(2, "installing")
                .replace("\"agent_version\":\"1\"", "\"agent_version\":\"--config=/tmp/x\"")
                .replace("\"server_version\":\"2\"", "\"server_version\":\"[INSTALLDIR]\"");
        Files.writeString(world.home(World.STATUS), status);
        world.newAgent(-1, () -> {});

        world.update();

        assertThat(ran().getFirst()).isEqualTo("first " + world.layout().home() + "/ -");
    }

    @Test
    void recover_killedInAHookAfterTheRollback_runsItAgain() throws Exception {
        world.newAgent(3, () -> {});
        world.commands = new Killing("back");
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.commands = new RealCommands();
        script("back", "exit 3");

        assertThat(world.recover()).isEqualTo(1);

        assertThat(ran()).endsWith("back");
        assertThat(report().warnings()).singleElement().asString().contains("ended with 3");
    }

    @Test
    void update_hookIsNotInTheBundle_isRefusedBeforeAnythingIsDone() throws Exception {
        Files.delete(world.javaHome.resolve("hooks/back"));

        assertThat(world.update()).isEqualTo(5);

        assertThat(world.failure).contains("names the hook [HOOKS]back", "is no program");
        assertThat(ran()).isEmpty();
    }

    @Test
    void update_hookIsALinkToSomethingElse_isRefused() throws Exception {
        Files.delete(world.javaHome.resolve("hooks/back"));
        Files.createSymbolicLink(world.javaHome.resolve("hooks/back"), Path.of("/bin/true"));

        assertThat(world.update()).isEqualTo(5);

        assertThat(world.failure).contains("names the hook [HOOKS]back");
    }

    /** Commands of which one kills the updater. */
    private record Killing(String hook) implements Commands {
        private static final Commands REAL = new RealCommands();

        @Override
        public Optional<Path> find(List<Path> candidates) {
            return REAL.find(candidates);
        }

        @Override
        public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
            if (argv.getFirst().endsWith("/hooks/" + hook)) {
                throw new CrashPoints.Killed("the hook");
            }
            return REAL.run(argv, bound);
        }

        @Override
        public long startDetached(List<String> argv, Path in, Map<String, String> environment, Optional<Path> output)
                throws UpdateFailure.Service {
            return REAL.startDetached(argv, in, environment, output);
        }
    }
}
