package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;
import updater.api.VendorCommands.Migration;
import updater.api.conformance.ProductEdit;
import updater.api.service.Commands;
import updater.processes.ProcessUser;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.RealCommands;
import updater.transaction.world.World;

/** Files of the operator that a new version reads in another form, translated by real commands. */
final class MigrationsTests {
    private static final String TRANSLATE = "sed 's/^/new form of /' \"$1\"config.yaml";

    @TempDir
    private Path directory;

    private int worlds;
    private World world;

    private void begin(UnaryOperator<Product> edit, String... scripts) throws IOException {
        List<Migration> migrations = List.of(scripts).stream()
                .map(script -> new Migration(
                        "config.yaml",
                        new Probe.Command(
                                List.of("/bin/sh", "-c", script, "migrate", "[INSTALLDIR]", "[STAGED]"),
                                Duration.ofSeconds(20))))
                .toList();
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                Definition.OUTSIDE,
                product -> edit.apply(ProductEdit.of(product)
                        .commands(VendorCommands.NONE.migrating(migrations))
                        .retention(new Retention(1 << 20, 1000, 7, 1 << 20))
                        .product()),
                context -> context);
        world.commands = new RealCommands();
        reports(0);
        world.service.pid = ProcessHandle.current().pid();
        Files.setAttribute(world.home("config.yaml"), "user:note", new byte[] {7});
    }

    private void reports(int number) {
        world.service.onStart = () -> {
            world.service.pid = ProcessHandle.current().pid();
            world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(number));
        };
    }

    @BeforeEach
    void begin() throws IOException {
        begin(product -> product, TRANSLATE);
    }

    private void assertRefused(String... words) throws Exception {
        TreeSnapshot before = world.home();
        assertThat(world.update()).isEqualTo(5);
        assertThat(world.failure)
                .contains("config.yaml could not be migrated for the new version")
                .contains(words);
        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void update_commandPrintsAnotherForm_replacesTheFileWithAllThatItHas() throws Exception {
        Object group = Files.getAttribute(world.home("config.yaml"), "unix:gid");

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.home("config.yaml")).hasContent("new form of the operator's");
        assertThat(Files.getAttribute(world.home("config.yaml"), "unix:mode")).isEqualTo(0100640);
        assertThat(Files.getAttribute(world.home("config.yaml"), "unix:gid")).isEqualTo(group);
        assertThat((byte[]) Files.getAttribute(world.home("config.yaml"), "user:note"))
                .containsExactly(7);
        assertThat(world.layout().work().resolve("migrated")).doesNotExist();
    }

    @Test
    void update_newVersionFails_theOperatorsFileIsBack() throws Exception {
        TreeSnapshot before = world.home();
        reports(3);

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(world.home("config.yaml")).hasContent("the operator's");
    }

    @Test
    void goBack_afterAMigration_theFileIsBackAndWhatWasThereIsKept() throws Exception {
        assertThat(world.update()).as(() -> world.failure).isZero();
        world.service.newDefinition = "old unit";

        assertThat(world.goBack()).as(() -> world.failure).isZero();

        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.home("config.yaml")).hasContent("the operator's");
        assertThat(world.home("config.yaml.orig")).hasContent("new form of the operator's");
    }

    @Test
    void update_commandPrintsNothingOrTheSame_changesNothing() throws Exception {
        for (String script : List.of("true", "cat \"$1\"config.yaml")) {
            begin(product -> product, script);
            Object inode = Files.getAttribute(world.home("config.yaml"), "unix:ino");

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(Files.getAttribute(world.home("config.yaml"), "unix:ino"))
                    .isEqualTo(inode);
        }
    }

    @Test
    void update_commandSeesTheStagedTree() throws Exception {
        begin(product -> product, "cat \"$2\"agent");

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.home("config.yaml")).hasContent(World.NEW);
    }

    @Test
    void update_commandFails_refusedWithWhatItSaid() throws Exception {
        begin(product -> product, "echo 'line 3: unknown receiver' >&2; exit 4");

        assertRefused("its command ended with 4: line 3: unknown receiver");
    }

    @Test
    void update_commandPrintsNoText_refused() throws Exception {
        begin(product -> product, "printf '\\377\\376'");

        assertRefused("what is no UTF-8 text");
    }

    @Test
    void update_commandPrintsTooMuch_refused() throws Exception {
        begin(product -> product, "head -c 2000000 /dev/zero | tr '\\0' x");

        assertRefused("at most 1048575 bytes");
    }

    @Test
    void update_fileHasSetIdBits_refused() throws Exception {
        Files.setAttribute(world.home("config.yaml"), "unix:mode", 0102750);

        assertRefused("set-id bits");
    }

    /** Who owns home may give the file's name to a file with capabilities, while it is migrated. */
    @Test
    void update_fileIsExchangedForACapableOneMeanwhile_givesNoCapabilities() throws Exception {
        assumeRoot();
        Path capable = Files.writeString(world.home("capable"), "x");
        run("setcap", "cap_sys_admin+ep", capable.toString());
        RealCommands commands = new RealCommands();
        commands.ended = argv -> {
            if (argv.contains(TRANSLATE)) {
                exchange(capable);
                world.points.actAt(world.points.count() + 1, () -> exchange(capable));
            }
        };
        world.commands = commands;

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.home("config.yaml")).hasContent("new form of the operator's");
        assertThat(run("getcap", world.home("config.yaml").toString())).isEmpty();
        assertThat(run("getcap", capable.toString())).isNotEmpty();
    }

    private void exchange(Path other) throws IOException {
        Path config = world.home("config.yaml");
        Path aside = world.home("aside");
        Files.move(config, aside);
        Files.move(other, config);
        Files.move(aside, other);
    }

    private static String run(String... command) throws Exception {
        Commands.Result result = new RealCommands().run(List.of(command), Duration.ofSeconds(20));
        assertThat(result.exit()).as(result.err()).isZero();
        return result.out();
    }

    private static void assumeRoot() {
        assumeTrue(ProcessUser.of(ProcessHandle.current().pid()).orElseThrow().user() == 0, "another user needs root");
    }

    @Test
    void update_fileOfAnotherUserThanTheAgents_refused() throws Exception {
        assumeRoot();
        Process agent = new ProcessBuilder(
                        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", "echo runs; cat")
                .start();
        try {
            assertThat(agent.inputReader().readLine()).isEqualTo("runs");
            world.service.pid = agent.pid();

            assertRefused("it belongs to user 0, and its command runs as user 65534");
        } finally {
            agent.destroyForcibly().waitFor();
        }
    }

    @Test
    void update_fileIsALink_refused() throws Exception {
        Files.move(world.home("config.yaml"), world.root().resolve("elsewhere"));
        Files.createSymbolicLink(world.home("config.yaml"), world.root().resolve("elsewhere"));

        assertRefused("it is a symbolic link, to " + world.root().resolve("elsewhere") + ", and none is followed");
    }

    @Test
    void update_fileIsNotThere_nothingIsMigrated() throws Exception {
        Files.delete(world.home("config.yaml"));

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.home("agent")).hasContent(World.NEW);
    }

    /** The old agent's last deed is a new configuration, as one does that gets it from its server. */
    @Test
    void update_fileIsChangedBeforeTheWindow_isRolledBackAndTheEditStays() throws Exception {
        world.service.onStop = () -> {
            if (world.service.running.equals(World.OLD)) {
                Files.writeString(world.home("config.yaml"), "from the server");
            }
        };

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.failure).contains("config.yaml was changed after it had been migrated");
        assertThat(world.home("config.yaml")).hasContent("from the server");
        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.service.running).isEqualTo(World.OLD);
    }

    @Test
    void update_killedAnywhere_fileAndVersionGoTogether() throws Exception {
        boolean killed = true;
        for (int point = 1; killed; point += 11) {
            begin(product -> product, TRANSLATE);
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), true);
            if (killed) {
                assertThat(world.killed(() -> {}, false)).isFalse();
            }
            boolean installed = Files.readString(world.home("agent")).equals(World.NEW);
            assertThat(world.home("config.yaml"))
                    .as("killed at %d", at)
                    .hasContent(installed ? "new form of the operator's" : "the operator's");
            assertThat(world.layout().work().resolve("migrated"))
                    .as("killed at %d", at)
                    .doesNotExist();
            world.close();
        }
    }
}
