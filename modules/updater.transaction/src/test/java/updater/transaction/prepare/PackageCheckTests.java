package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.RefusalCode;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.processes.HostProcesses;
import updater.transaction.context.UpdateContext;
import updater.transaction.world.FakeService;
import updater.transaction.world.World;

/** A package manager that works on the same files is waited for, then refused; of any other one there is a warning. */
@EnabledOnOs(OS.LINUX)
class PackageCheckTests {
    private static final String DPKG = "var/lib/dpkg/lock-frontend";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final List<String> warnings = new ArrayList<>();
    private Path root;
    private World world;
    private PackageManagers managers;
    private Optional<String> rpm = Optional.empty();
    private long nanos;
    private Runnable whilePausing = () -> {};

    private final Ticker clock = new Ticker() {
        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public Instant now() {
            return Instant.ofEpochSecond(0, nanos);
        }

        @Override
        public void pause(Duration duration) {
            nanos += duration.toNanos();
            whilePausing.run();
        }
    };

    private final class Rpm implements Commands {
        @Override
        public Optional<Path> find(List<Path> candidates) {
            return Optional.of(candidates.getFirst());
        }

        @Override
        public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
            assertThat(argv).contains("-qf", world.layout().home().toString());
            return new Result(
                    1,
                    rpm.orElseThrow(() -> new UpdateFailure.Service("did not end within 3 s", "")),
                    "error: file /usr/lib/systemd/system/agent.service: No such file or directory\n");
        }

        @Override
        public long startDetached(
                List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void makeHost(@TempDir Path directory) throws Exception {
        root = directory.toRealPath();
        Path place = Files.createDirectory(root.resolve("world"));
        UpdateContext[] context = new UpdateContext[1];
        world = new World(place, FakeService.Definition.NONE, product -> product, made -> {
            context[0] = made;
            return made;
        });
        world.newAgent(0, () -> {});
        world.update();
        managers = new PackageManagers(
                root,
                context[0],
                new Rpm(),
                new HostProcesses(root.resolve("proc")),
                ProcessHandle.current().pid());
    }

    private void lock(String name, long pid) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");
        Path entry = Files.createDirectories(root.resolve("proc/" + pid));
        Files.writeString(entry.resolve("comm"), "apt\n");
        Files.createDirectory(entry.resolve("fd"));
        Files.createSymbolicLink(entry.resolve("fd/3"), file);
        Files.writeString(
                root.resolve("proc/locks"),
                "1: POSIX  ADVISORY  WRITE " + pid + " fe:01:" + Files.getAttribute(file, "unix:ino") + " 0 EOF\n");
    }

    private void owned() throws IOException {
        Path lists = Files.createDirectories(root.resolve("var/lib/dpkg/info"));
        Files.writeString(
                lists.resolve("other.list"), "/.\n/opt\n" + world.layout().home() + "-2\n");
        Files.writeString(lists.resolve("agent.list"), "/.\n" + world.layout().home() + "\n");
    }

    private void require(Duration patience) throws Exception {
        new PackageCheck(managers, clock).require(patience, () -> true, warnings::add);
    }

    private void assertRefused(Duration patience, String... because) {
        assertThatThrownBy(() -> require(patience)).isInstanceOfSatisfying(UpdateFailure.Refused.class, refused -> {
            assertThat(refused.code()).contains(RefusalCode.PACKAGE_MANAGER_BUSY);
            assertThat(refused.fullMessage()).contains(because);
        });
    }

    @Test
    void nothingAtWork_isFine() throws Exception {
        owned();

        require(PATIENCE);

        assertThat(warnings).isEmpty();
        assertThat(nanos).isZero();
    }

    @Test
    void ownerAtWork_isWaitedForAndRefused() throws Exception {
        owned();
        lock(DPKG, 4711);

        assertRefused(PATIENCE, "apt, process 4711", DPKG, "ps -f 4711");

        assertThat(Duration.ofNanos(nanos)).isEqualTo(PATIENCE);
        assertThat(warnings).isEmpty();
    }

    @Test
    void ownerAtWork_withoutPatience_isRefusedAtOnce() throws Exception {
        owned();
        lock(DPKG, 4711);

        assertRefused(Duration.ZERO, "process 4711");

        assertThat(nanos).isZero();
    }

    @Test
    void ownerThatEnds_isWaitedFor() throws Exception {
        owned();
        lock(DPKG, 4711);
        whilePausing = () -> {
            if (nanos >= Duration.ofSeconds(2).toNanos()) {
                try {
                    Files.writeString(root.resolve("proc/locks"), "");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };

        require(PATIENCE);

        assertThat(Duration.ofNanos(nanos)).isEqualTo(Duration.ofSeconds(2));
    }

    /** An updater that a package's own script runs would wait for itself. */
    @Test
    void ownerThatRunsTheUpdater_isNone() throws Exception {
        owned();
        lock(DPKG, ProcessHandle.current().parent().orElseThrow().pid());

        require(Duration.ZERO);

        assertThat(warnings).isEmpty();
    }

    @Test
    void otherAtWork_isAWarning() throws Exception {
        owned();
        Files.delete(root.resolve("var/lib/dpkg/info/agent.list"));
        lock(DPKG, 4711);

        require(PATIENCE);

        assertThat(warnings).singleElement().asString().contains("apt, process 4711");
        assertThat(nanos).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "var/lib/dpkg/lock, false",
        "var/lib/rpm/.rpm.lock, false",
        "usr/lib/sysimage/rpm/.rpm.lock, false",
        "lib/apk/db/lock, false",
        "var/lib/rpm/.rpm.lock, true",
        "lib/apk/db/lock, true"
    })
    void everyLock_isKnown(String lock, boolean owner) throws Exception {
        lock(lock, 4711);
        rpm = Optional.of(
                "file /etc/init.d/agent is not owned by any package\n" + (owner ? "agent-1.0-1.x86_64\n" : ""));
        if (owner) {
            Path installed = root.resolve("lib/apk/db/installed");
            Files.createDirectories(installed.getParent());
            Files.writeString(
                    installed, "P:agent\nF:" + world.layout().home().toString().substring(1) + "\n");
            assertRefused(Duration.ZERO, lock);
        } else {
            require(Duration.ZERO);
            assertThat(warnings).singleElement().asString().contains(lock);
        }
    }

    @Test
    void rpmThatDoesNotAnswer_isAWarning() throws Exception {
        lock("var/lib/rpm/.rpm.lock", 4711);

        require(PATIENCE);

        assertThat(warnings).hasSize(1);
    }
}
