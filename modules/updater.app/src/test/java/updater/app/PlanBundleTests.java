package updater.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.conformance.ManualTicker;
import updater.app.host.Host;
import updater.app.host.RootHost;
import updater.app.host.Signals;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.ForwardingDirectory;
import updater.fs.Space;
import updater.fs.UpdaterLock;
import updater.testkit.TreeSnapshot;

/** {@code plan BUNDLE}, on real files of root's: it tells what there is to tell, and leaves nothing. */
final class PlanBundleTests {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private Path root;
    private Path home;
    private Path state;
    private Path product;
    private Disk disk;
    private Signals signals;
    private final ManualTicker time = new ManualTicker();

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        Host host = Host.real();
        assumeTrue(host.user().uid() == 0, "what only root could have changed needs root");
        disk = host.disk();
        signals = Signals.none();
        root = directory.toRealPath();
        home = root.resolve("home");
        state = root.resolve("state");
        product = write("product.json", """
                {"name": "agent", "package": "agent", "home": {"linux": {"directory": "%s"}},
                 "state-directory": {"linux": "%s"}, "preserved": ["config.yaml"],
                 "services": {"process": {"name": "agent", "definition": "install/agent.process"}}}
                """.formatted(home, state));
        write("home/agent", "v1");
        write("home/config.yaml", "the operator's");
        write("home/lib/same.so", "same");
        write("bundle/agent", "version 2");
        write("bundle/config.yaml", "the vendor's");
        write("bundle/lib/same.so", "same");
        write("bundle/lib/new.so", "new");
    }

    private Path write(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private Path tarball() throws IOException, InterruptedException {
        Path file = root.resolve("bundle.tar.gz");
        Process tar = new ProcessBuilder(
                        "tar",
                        "-czf",
                        file.toString(),
                        "-C",
                        root.resolve("bundle").toString(),
                        ".")
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).isZero();
        return file;
    }

    private int run(String... command) {
        out.reset();
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(List.of("--product", product.toString(), "--home", home.toString()));
        return new Program(RootHost.printing(out, out)
                        .signals(signals)
                        .disk(disk)
                        .clock(time)
                        .host())
                .run(words);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private TreeSnapshot snapshot() {
        return TreeSnapshot.of(root, path -> false).ignoringDirectoryTimes();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void plan_tarballOrTree_namesItsFilesAndLeavesNothing(boolean tarball) throws Exception {
        Path bundle = tarball ? tarball() : root.resolve("bundle");
        TreeSnapshot before = snapshot();

        // No agent runs here: that, too, is told, and is what an update would be refused for.
        assertThat(run("plan", bundle.toString(), "--version", "v2"))
                .as(this::printed)
                .isEqualTo(5);

        assertThat(printed())
                .contains("version      v2\n")
                .contains("files        1 replaced, 1 added (12 bytes), 1 unchanged, 1 kept by their names\n")
                .contains("\nreplaced\n  agent\n", "\nadded\n  lib/new.so\n", "by their names\n  config.yaml\n")
                .contains("an update would be refused", "only the update itself can tell");
        assertThat(snapshot().changesSince(before)).isEmpty();
        assertThat(state).doesNotExist();
    }

    @Test
    void plan_json_hasCountsAndRefusals() throws Exception {
        run("plan", tarball().toString(), "--version", "v2", "--json");

        assertThat(printed())
                .contains("\"version\": \"v2\"", "\"replaced\": 1", "\"added\": 1", "\"preserved\": 1", "\"exit\": 5")
                .contains("\"replaced_paths\": [\n    \"agent\"\n  ]")
                .contains("\"only_the_update_tells\"");
    }

    /** A state directory that is there already stays as it is. */
    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            plan B                                        @ nothing says which version this bundle is
            plan missing.tar.gz --version v2              @ missing.tar.gz is not there
            plan B --version v2 --release missing.release @ missing.release is not there
            plan DAMAGED --version v2                     @ cannot be taken
            """)
    void plan_whatCannotBeTaken_saysWhyAndWhatElseThereIs(String command, String message) throws Exception {
        Files.createDirectory(state);
        write("state/trust", "as it was");
        Files.delete(state.resolve("trust"));
        Path bundle = tarball();
        byte[] bytes = Files.readAllBytes(bundle);
        Path damaged = Files.write(root.resolve("damaged.tar.gz"), java.util.Arrays.copyOf(bytes, bytes.length - 20));
        TreeSnapshot before = snapshot();

        String line = command.replace("DAMAGED", damaged.toString()).replace("B", bundle.toString());
        assertThat(run(line.split(" +"))).as(this::printed).isEqualTo(5);

        assertThat(printed()).contains(message, "files        not known");
        assertThat(snapshot().changesSince(before)).isEmpty();
    }

    @Test
    void plan_ofAnotherUsersBundle_isRefusedAsTheUpdateWouldBe() throws Exception {
        Path bundle = tarball();
        Files.setAttribute(bundle, "unix:uid", 65534);

        assertThat(run("plan", bundle.toString(), "--version", "v2")).isEqualTo(5);

        assertThat(printed()).contains("nobody has signed this bundle", "[release-unsigned]");
        assertThat(state).doesNotExist();
    }

    @Test
    void plan_bundleOfAnotherProduct_saysSo() throws Exception {
        write("bundle/updater-runtime/product.json", """
                {"name": "other", "package": "other", "home": {"linux": {"directory": "/opt/other"}},
                 "services": {"process": {"name": "other", "definition": "install/other.process"}}}
                """);

        assertThat(run("plan", tarball().toString(), "--version", "v2")).isEqualTo(5);

        assertThat(printed()).contains("the bundle is for the product 'other', expected 'agent'");
        assertThat(state).doesNotExist();
    }

    @Test
    void plan_updaterAtWork_isBusy() throws Exception {
        Files.createDirectory(state);
        try (Directory open = Host.real().disk().open(state)) {
            String holder = new LockHolder(
                            ProcessHandle.current().pid(), Host.real().clock().now(), "update")
                    .text();
            UpdaterLock.Attempt attempt = UpdaterLock.tryAcquire(open, holder);
            try (UpdaterLock lock = ((UpdaterLock.Attempt.Acquired) attempt).lock()) {
                assertThat(lock).isNotNull();
                TreeSnapshot before = snapshot();
                assertThat(run("plan", tarball().toString(), "--version", "v2")).isEqualTo(3);
                assertThat(printed()).contains("another updater is at work");
                Files.delete(root.resolve("bundle.tar.gz"));
                assertThat(snapshot().changesSince(before)).isEmpty();
            }
        }
    }

    private Path guardAtWork() throws IOException {
        Files.createDirectory(state);
        String guard = new LockHolder(ProcessHandle.current().pid(), Instant.now(), "recover").text();
        return Files.writeString(state.resolve("holder"), guard);
    }

    @Test
    void plan_whileAGuardLooks_waitsForIt() throws Exception {
        File holder = guardAtWork().toFile();
        time.onPause = () -> assertThat(holder.delete()).isTrue();

        assertThat(run("plan", tarball().toString(), "--version", "v2")).isEqualTo(5);

        assertThat(printed()).contains("replaced").doesNotContain("another updater is at work");
        assertThat(holder).doesNotExist();
    }

    @Test
    void plan_whileARecoveryGoesOn_isBusyInTheEnd() throws Exception {
        guardAtWork();

        assertThat(run("plan", tarball().toString(), "--version", "v2")).isEqualTo(3);

        assertThat(Duration.ofNanos(time.nanos)).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(16));
    }

    @Test
    void plan_askedToEnd_endsAndLeavesNothing() throws Exception {
        Path bundle = tarball();
        TreeSnapshot before = snapshot();
        signals.termination().request("SIGTERM");

        assertThat(run("plan", bundle.toString(), "--version", "v2")).isEqualTo(5);

        assertThat(printed()).contains("SIGTERM asked this updater to end").doesNotContain("replaced");
        assertThat(snapshot().changesSince(before)).isEmpty();
    }

    /** A disk that has no room for anything new in the room of the look. */
    private record Full(Disk disk, Path state) implements Disk {
        @Override
        public Directory open(Path directory) throws IOException {
            if (directory.startsWith(state) && !directory.equals(state)) {
                throw new java.nio.file.FileSystemException(directory.toString(), null, "No space left on device");
            }
            return disk.open(directory);
        }

        @Override
        public Space space(Path path) throws IOException {
            return disk.space(path);
        }
    }

    @Test
    void plan_diskIsFull_saysSoAndLeavesNothing() throws Exception {
        Path bundle = tarball();
        TreeSnapshot before = snapshot();
        disk = new Full(Host.real().disk(), state);

        assertThat(run("plan", bundle.toString(), "--version", "v2"))
                .as(this::printed)
                .isEqualTo(5);

        assertThat(printed()).contains("there is no room in " + state, "No space left on device", "[no-space]");
        assertThat(snapshot().changesSince(before)).isEmpty();
        assertThat(state).doesNotExist();
    }

    /** A disk on which there is no room for a directory in home. */
    private record FullHome(Disk disk, Path home) implements Disk {
        @Override
        public Directory open(Path directory) throws IOException {
            Directory opened = disk.open(directory);
            return directory.equals(home)
                    ? new ForwardingDirectory(opened) {
                        @Override
                        public void createDirectory(String name, int mode) throws IOException {
                            throw new java.nio.file.FileSystemException(name, null, "No space left on device");
                        }
                    }
                    : opened;
        }

        @Override
        public Space space(Path path) throws IOException {
            return disk.space(path);
        }
    }

    /** Nothing is wrong with the bundle then. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void apply_diskIsFull_saysSoAndNothingOfTheBundle(boolean tarball) throws Exception {
        Path bundle = tarball ? tarball() : root.resolve("bundle");
        String definition = "\"definition\": \"install/agent.process\"";
        Files.writeString(
                product,
                Files.readString(product)
                        .replace(definition, definition + ", \"installed\": \"[INSTALLDIR]agent.process\""));
        write("home/agent.process", "command = [INSTALLDIR]agent\n");
        disk = new FullHome(Host.real().disk(), home);

        assertThat(run("apply", bundle.toString(), "--version", "v2"))
                .as(this::printed)
                .isEqualTo(5);

        assertThat(printed())
                .contains("not enough disk space at " + home, " bytes, ", " are available", "[no-space]")
                .doesNotContain("fetch it again");
    }

    @Test
    void plan_statementWithoutABundle_isWrongUsage() {
        assertThat(run("plan", "--release", "some.release")).isEqualTo(2);
        assertThat(Stream.of(printed())).anyMatch(text -> text.contains("'plan' needs a bundle"));
    }
}
