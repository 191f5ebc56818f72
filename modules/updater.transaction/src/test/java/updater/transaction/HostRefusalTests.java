package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.conformance.ProductEdit;
import updater.api.service.Room;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.ForwardingDirectory;
import updater.fs.Space;
import updater.transaction.prepare.SpaceCheck;
import updater.transaction.world.Contexts;
import updater.transaction.world.FakeService;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** Invariant 6, of the host: its service, its space, and what may be written. */
final class HostRefusalTests extends RefusedUpdate {
    @Test
    void update_serviceOfAnotherHome_refused() throws Exception {
        world.service.elsewhere = Optional.of("it runs /opt/first/agent");

        refused("is not that of " + world.layout().home(), "it runs /opt/first/agent", "elsewhere");
    }

    @Test
    void update_serviceOfAnotherHome_asTheProductSays_isUpdated(@TempDir Path directory) throws Exception {
        world = new World(
                directory.toRealPath(),
                Definition.OUTSIDE,
                product -> ProductEdit.of(product)
                        .service(
                                "fake",
                                new ServiceSpec(
                                        "agent.service",
                                        "install/agent.unit",
                                        Optional.empty(),
                                        List.of(),
                                        false,
                                        true))
                        .product(),
                context -> context);
        world.newAgent(0, () -> {});
        world.service.elsewhere = Optional.of("it runs /opt/first/agent");

        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    @Test
    void update_serviceThatCouldNotBeStartedAgain_refused() throws Exception {
        world.service.broken = Optional.of("of its command, /bin/none is not there");
        world.service.unmended = world.service.broken;

        refused("of its command, /bin/none is not there", "Mend it");
    }

    @Test
    void update_mendsTheBrokenDefinition_isUpdatedWithAWarning() throws Exception {
        world.newAgent(0, () -> {});
        world.service.broken = Optional.of("of its command, /bin/none is not there");

        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.failure).contains("/bin/none is not there; the update mends that, but a rollback would leave");
    }

    @Test
    void update_noRoomForTheReload_refused() throws Exception {
        world.service.room = Optional.of(new Room(root, Long.MAX_VALUE));

        refused(root + " has ", " bytes free, and it wants " + Long.MAX_VALUE);
        assertThat(world.service.calls()).doesNotContain("arm");
    }

    @Test
    void update_roomThatCannotBeSeen_isLeftToTheManager() throws Exception {
        world.newAgent(0, () -> {});
        world.service.room = Optional.of(new Room(root.resolve("none"), Long.MAX_VALUE));

        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    @Test
    void update_launcherThatWaitsWasEnded_refusedBeforeTheStop() throws Exception {
        world.wanted = false;

        refused("was ended before the agent was to be stopped");

        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.service.armed).isFalse();
        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void update_launcherThatWaitsIsEndedByTheStop_goesOn() throws Exception {
        FakeService.Deed first = world.service.onFirstStop;
        world.service.onFirstStop = () -> {
            first.run();
            world.wanted = false;
        };
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    @Test
    void update_statusFileMissing_refused() throws Exception {
        Files.delete(world.home(World.STATUS));

        assertThat(world.update()).isEqualTo(5);
        assertThat(world.failure).contains("cannot be used: it is missing");
        assertThat(world.home(World.STATUS)).doesNotExist();
        assertThat(world.service.calls()).doesNotContain("stop");
    }

    @Test
    void update_stopWouldKillTheUpdater_refused() throws Exception {
        world.service.kills = Optional.of("KillMode=control-group");

        refused("would kill this updater as well: KillMode=control-group");
    }

    @Test
    void update_serviceCannotBeInspected_refused() throws Exception {
        world.service.fail("inspect");

        refused("no luck with inspect");
    }

    @Test
    void update_guardCannotBeArmed_refusedAndDisarmed() throws Exception {
        world.service.fail("arm");
        world.service.failuresHaveEffect = true;

        refused("no luck with arm");
    }

    @Test
    void update_tooLittleSpace_refusedWithTheBytes() throws Exception {
        adjust(disk -> new Space(1000, OptionalLong.empty(), "fake", 4096));

        refused("not enough disk space", "1000 are available", "Free ");
    }

    @Test
    void update_tooFewInodes_refused() throws Exception {
        adjust(disk -> new Space(1L << 40, OptionalLong.of(5), "fake", 4096));

        refused("not enough inodes", "5 are available");
    }

    /** Before the sum is known a file may not fit, and then the preparation that ended is asked for it. */
    @Test
    void explain_ofPreparationThatRanOut_saysTheBytes() {
        UpdateFailure failure = new UpdateFailure.Disk(
                "finish the phase",
                "'prepare'",
                new FileSystemException(world.layout().tmp().toString(), null, "No space left on device"));

        assertThat(new SpaceCheck(world.context()).explain(failure, 0))
                .hasValueSatisfying(refused -> assertThat(refused.getMessage())
                        .containsPattern("not enough disk space at .*/home: the update needs [0-9]+ bytes, "));
    }

    @Test
    void explain_ofABundleThatCouldNotBeUnpacked_countsItsBytes() {
        UpdateFailure failure = new UpdateFailure.Disk("unpack", "b.tar.gz", new IOException("Disk quota exceeded"));

        assertThat(new SpaceCheck(world.context()).explain(failure, 1L << 60))
                .hasValueSatisfying(refused -> assertThat(refused.getMessage())
                        .containsPattern(
                                "at .*/home: the update needs 1152921504[0-9]{9} bytes, [0-9]+ are available"));
    }

    @Test
    void explain_ofAnotherFailure_isSilent() {
        UpdateFailure failure = new UpdateFailure.Disk("read", Path.of("x"), new IOException("Input/output error"));

        assertThat(new SpaceCheck(world.context()).explain(failure, 0)).isEmpty();
    }

    @Test
    void update_enoughOfBoth_updated() throws Exception {
        adjust(disk -> new Space(1L << 40, OptionalLong.of(5000), "fake", 4096));
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    @Test
    void update_directoryNotWritable_refusedWithTheSandboxing() throws Exception {
        replaceDisk(disk -> new ReadOnly(disk, Path.of("units")));
        world.service.sandbox = Optional.of("ProtectSystem=strict in agent.service");

        refused("units cannot be written", "ProtectSystem=strict in agent.service");
    }

    @Test
    void update_fileThatChangesInADirectoryNotWritable_refused() throws Exception {
        replaceDisk(disk -> new ReadOnly(disk, Path.of("home")));
        world.write("home/large", "old", 0644);
        world.write("home/tmp/latest/large", "new", 0644);

        refused("home cannot be written");
    }

    @Test
    void update_sameFileInADirectoryNotWritable_isUnchanged() throws Exception {
        replaceWorld(context ->
                Contexts.with(Contexts.with(context, new Hurrying()), new ReadOnly(context.disk(), Path.of("home"))));
        world.write("home/0/a", "old", 0644);
        world.write("home/tmp/latest/0/a", "new", 0644);
        world.write("home/tmp/latest/agent", World.OLD, 0755);
        Object inode = Files.getAttribute(world.home("agent"), "unix:ino");
        world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(Files.getAttribute(world.home("agent"), "unix:ino")).isEqualTo(inode);
        assertThat(world.home("0/a")).hasContent("new");
    }

    private interface Tells {
        Space space(Disk disk);
    }

    private void adjust(Tells tells) throws IOException {
        replaceDisk(disk -> new Disk() {
            @Override
            public Directory open(Path absoluteDirectory) throws IOException {
                return disk.open(absoluteDirectory);
            }

            @Override
            public Space space(Path path) {
                return tells.space(disk);
            }
        });
    }

    private interface Wraps {
        Disk around(Disk disk);
    }

    private void replaceDisk(Wraps wraps) throws IOException {
        replaceWorld(context -> Contexts.with(context, wraps.around(context.disk())));
    }

    /** Has one directory, told by the end of its path, that cannot be written: root could in any real one. */
    private record ReadOnly(Disk disk, Path end) implements Disk {
        @Override
        public Directory open(Path absoluteDirectory) throws IOException {
            Directory opened = disk.open(absoluteDirectory);
            return absoluteDirectory.endsWith(end) ? new NotWritable(opened) : opened;
        }

        @Override
        public Space space(Path path) throws IOException {
            return disk.space(path);
        }
    }

    /** A directory that says it cannot be written. */
    private static final class NotWritable extends ForwardingDirectory {
        NotWritable(Directory directory) {
            super(directory);
        }

        @Override
        public boolean writable() {
            return false;
        }
    }
}
