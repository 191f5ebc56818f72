package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.service.ServiceState.Activity;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.Products;
import updater.transaction.world.RealCommands;
import updater.transaction.world.World;

/** The new version is tried while the old agent runs, with real commands. */
final class RehearsalTests {
    @TempDir
    private Path directory;

    private int worlds;

    private World world(String... scripts) throws IOException {
        Probe.Command[] commands = List.of(scripts).stream()
                .map(script -> new Probe.Command(
                        List.of("/bin/sh", "-c", script, "rehearsal", "[STAGED]", "[INSTALLDIR]"),
                        Duration.ofSeconds(20)))
                .toArray(Probe.Command[]::new);
        World world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                Definition.OUTSIDE,
                product -> Products.rehearsing(product, commands),
                context -> context);
        world.commands = new RealCommands();
        // Whom the agent runs as is read of its process.
        world.service.pid = ProcessHandle.current().pid();
        world.newAgent(0, () -> {});
        return world;
    }

    private static void assertRefused(World world, TreeSnapshot before, String... said) throws Exception {
        assertThat(world.update()).isEqualTo(5);
        assertThat(world.failure)
                .contains("the new version failed its rehearsal")
                .contains(said);
        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(world.staged("agent")).hasContent(World.NEW);
        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void update_newVersionPasses_isInstalled() throws Exception {
        try (World world = world("test \"$(cat \"$1\"agent)\" = '" + World.NEW + "'", "test -e \"$2\"config.yaml")) {
            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(world.home("agent")).hasContent(World.NEW);
        }
    }

    @Test
    void update_newVersionFails_isRefusedWithWhatItSaid() throws Exception {
        try (World world = world("true", "echo 'unknown receiver' >&2; exit 3")) {
            assertRefused(world, world.home(), "ended with 3: unknown receiver");
        }
    }

    @Test
    void update_rehearsalIsAScriptOfLines_isNamedOnOne() throws Exception {
        try (World world = world("true", "echo no >&2\nexit 3")) {
            assertRefused(world, world.home(), "echo no >&2; exit 3");

            assertThat(world.failure).contains("ended with 3: no").doesNotContain("\\u000A");
        }
    }

    @Test
    void update_newVersionFailsInManyWords_isRefusedWithTheirEndOnOneLine() throws Exception {
        String trace =
                "for i in $(seq 100); do echo \"  at line $i of main\"; done; echo 'Caused by: no such receiver'";
        try (World world = world("true", "echo Exception; " + trace + "; exit 3")) {
            assertRefused(world, world.home(), "ended with 3: Exception; …; at line");

            assertThat(world.failure)
                    .contains("; at line 99 of main; at line 100 of main; Caused by: no such receiver")
                    .doesNotContain("at line 1 of main")
                    .doesNotContain("\\u000A");
        }
    }

    @Test
    void update_newVersionCannotBeStarted_isRefused() throws Exception {
        try (World world = world("exec \"$1\"there-is-no-such-program")) {
            assertRefused(world, world.home(), "ended with 12");
        }
    }

    @Test
    void update_rehearsalDoesNotEnd_isRefused() throws Exception {
        World world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world")),
                Definition.OUTSIDE,
                product -> Products.rehearsing(
                        product, new Probe.Command(List.of("/bin/sh", "-c", "sleep 600"), Duration.ofMillis(300))),
                context -> context);
        try (world) {
            world.commands = new RealCommands();
            world.service.pid = ProcessHandle.current().pid();
            assertRefused(world, world.home(), "did not end");
        }
    }

    /** Only root can give it a view of its own; nobody else could write there what he could not write anyway. */
    @Test
    void update_rehearsalWritesIntoTheTree_cannotAsRoot() throws Exception {
        try (World world = world("echo changed >\"$1\"agent; echo more >\"$1\"more; echo x >\"$TMPDIR\"/x; :")) {
            assertThat(world.update()).as(() -> world.failure).isZero();

            if (new com.sun.security.auth.module.UnixSystem().getUid() == 0) {
                assertThat(world.home("agent")).hasContent(World.NEW);
                assertThat(world.home("more")).doesNotExist();
            }
        }
    }

    /** Who owns home can put a link in the tree's place, to a directory that only root may reach. */
    @Test
    void update_treeIsExchangedForALinkMeanwhile_mountsNothingElse() throws Exception {
        assumeTrue(new com.sun.security.auth.module.UnixSystem().getUid() == 0, "only root mounts anything");
        try (World world = world("cat \"$1\"secret; exit 3")) {
            Path secrets = Files.createDirectories(world.root().resolve("closed/open"));
            Files.writeString(secrets.resolve("secret"), "SECRET-OF-ROOT");
            RealCommands commands = new RealCommands();
            commands.ended = argv -> {
                if (argv.contains("rehearsal") && argv.getLast().equals(":")) {
                    Path staged = world.layout().work().resolve("staged");
                    Files.move(staged, world.home("away"));
                    Files.createSymbolicLink(staged, secrets);
                }
            };
            world.commands = commands;

            assertThat(world.update()).isNotZero();

            assertThat(world.failure)
                    .contains("the new version failed its rehearsal", "something else lies at")
                    .doesNotContain("SECRET-OF-ROOT");
        }
    }

    @Test
    void update_ofAStoppedAgent_leavesTheRehearsalOutAndSaysSo() throws Exception {
        try (World world = world("exit 1")) {
            world.service.exit(Activity.INACTIVE);

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(world.failure).contains("the rehearsal of the new version was left out: the agent does not run");
        }
    }

    /** What is staged on the way back is what the update had replaced: a file that both versions have is not among it. */
    @Test
    void rollback_ofAVersionThatWasRehearsed_rehearsesNothing() throws Exception {
        Path ran = directory.toRealPath().resolve("ran");
        Probe.Command whole = new Probe.Command(
                List.of(
                        "/bin/sh",
                        "-c",
                        "echo once >>\"$2\" && test -e \"$1\"same",
                        "rehearsal",
                        "[STAGED]",
                        ran.toString()),
                Duration.ofSeconds(20));
        World world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world")),
                Definition.OUTSIDE,
                product -> Products.rehearsing(GoingBackTests.keeping(product, 7, 1 << 20), whole),
                context -> context);
        try (world) {
            world.commands = new RealCommands();
            world.newAgent(0, () -> {});
            world.write("home/same", "same", 0644);
            for (String agent : List.of("new agent 1", "new agent 2")) {
                world.writeStatus(2);
                world.service.pid = ProcessHandle.current().pid();
                world.write("home/tmp/latest/same", "same", 0644);
                world.write("home/tmp/latest/agent", agent, 0755);
                assertThat(world.update()).as(() -> world.failure).isZero();
            }
            assertThat(ran).hasContent("once\nonce\n");

            world.service.pid = ProcessHandle.current().pid();
            GoingBackTests.stagePreviousDefinition(world);
            assertThat(world.goBack()).as(() -> world.failure).isZero();

            assertThat(world.home("agent")).hasContent("new agent 1");
            assertThat(ran).as("a third rehearsal").hasContent("once\nonce\n");
        }
    }
}
