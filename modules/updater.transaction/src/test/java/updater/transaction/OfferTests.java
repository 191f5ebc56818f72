package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.testkit.TreeSnapshot;
import updater.transaction.context.Offer;
import updater.transaction.context.StateFiles;
import updater.transaction.world.CrashPoints;
import updater.transaction.world.Products;
import updater.transaction.world.World;

/** Updates from a tree that lies in the updater's directory already. */
final class OfferTests {
    private static final String STATUS = Products.standard().health().status().file();

    private World world;
    private Path offered;
    private TreeSnapshot before;

    @BeforeEach
    void unpack(@TempDir Path directory) throws IOException {
        world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world")));
        world.write("home/lib/a.so", "old a", 0644);
        offered = world.layout().work().resolve("offered");
        Files.createDirectories(world.layout().work());
        Files.move(world.layout().staged(), offered);
        Files.delete(world.layout().tmp());
        world.write("home/.updater/offered/lib/a.so", "new a", 0644);
        Files.setPosixFilePermissions(world.layout().work(), PosixFilePermissions.fromString("rwx------"));
        before = world.home();
    }

    private Offer offer() throws IOException {
        return new Offer(
                ((Number) Files.getAttribute(offered, "unix:dev")).longValue(),
                ((Number) Files.getAttribute(offered, "unix:ino")).longValue(),
                "v7");
    }

    private void assertNothingLeft() {
        assertThat(offered).doesNotExist();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.layout().state().resolve(StateFiles.STATUS_BEFORE_OFFER))
                .doesNotExist();
        assertThat(world.service.armed).isFalse();
        assertThat(world.layout().staged()).doesNotExist();
    }

    private void refused(Offer offer, String because) throws Exception {
        byte[] status = Files.readAllBytes(world.home(STATUS));

        assertThat(world.update(offer)).isEqualTo(5);

        assertThat(world.failure).contains(because);
        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(Files.readAllBytes(world.home(STATUS))).isEqualTo(status);
        assertThat(world.service.calls()).doesNotContain("stop", "start");
        assertNothingLeft();
    }

    @Test
    void update_ofAnOffer_announcesAndInstallsIt() throws Exception {
        String[] announced = new String[1];
        world.newAgent(0, () -> announced[0] = Files.readString(world.home(STATUS)));

        assertThat(world.update(offer())).as(() -> world.failure).isZero();

        assertThat(world.home("lib/a.so")).hasContent("new a");
        assertThat(announced[0]).contains("\"server_version\":\"v7\"", "\"status\":2", "\"x\":[1,2]");
        assertNothingLeft();
    }

    @Test
    void update_ofAnOfferWithoutAStatusFile_writesOne() throws Exception {
        Files.delete(world.home(STATUS));
        world.newAgent(0, () -> {});

        assertThat(world.update(offer())).as(() -> world.failure).isZero();

        assertNothingLeft();
    }

    @Test
    void update_ofAnOfferThatFails_isRolledBackAndSaysSo() throws Exception {
        world.newAgent(3, () -> {});

        assertThat(world.update(offer())).isEqualTo(1);

        assertThat(world.home("lib/a.so")).hasContent("old a");
        assertThat(Files.readString(world.home(STATUS))).contains("\"status\":3");
        assertNothingLeft();
    }

    @Test
    void update_ofAnotherDirectory_isRefusedAndTakesBackTheStatus() throws Exception {
        Offer real = offer();
        refused(new Offer(real.device(), real.inode() + 1, "v7"), "is not in");
    }

    @Test
    void update_ofAnOfferWithALink_isRefusedAndTakesBackTheStatus() throws Exception {
        Files.createSymbolicLink(offered.resolve("link"), Path.of("/etc/passwd"));
        refused(offer(), "holds a symbolic link");
    }

    /** The one that made it was killed before an update took it. */
    @Test
    void recover_withAnOfferThatNobodyTook_removesIt() throws Exception {
        byte[] status = Files.readAllBytes(world.home(STATUS));

        assertThat(world.recover()).isZero();

        assertThat(Files.readAllBytes(world.home(STATUS))).isEqualTo(status);
        assertNothingLeft();
    }

    /** An updater that has unpacked it is becoming that of the bundle, and waits for the lock that the guard has just now. */
    @Test
    void recover_withAnOfferThatIsHandedOver_leavesIt() throws Exception {
        Path begins = world.layout()
                .state()
                .resolve("runtime-" + ProcessHandle.current().pid() + "-1");
        Files.createDirectory(begins);

        assertThat(world.recover()).isZero();

        assertThat(offered).exists();
        Files.delete(begins);
        assertThat(world.recover()).isZero();
        assertNothingLeft();
    }

    /** Killed at any of its operations and then recovered: nothing of the offer is left, and the status says what holds. */
    @Test
    void update_ofAnOfferThatIsKilled_isClearedUpByARecovery(@TempDir Path directory) throws Exception {
        boolean killed = true;
        int point = 1;
        for (; killed; point += 5) {
            unpack(Files.createDirectory(directory.resolve("kill-" + point)));
            byte[] status = Files.readAllBytes(world.home(STATUS));
            world.newAgent(0, () -> {});
            Offer offer = offer();
            killed = killedAt(point, offer);
            world.points.begin();

            assertThat(world.recover()).as("killed at " + point).isIn(0, 1, 5);

            boolean installed = Files.readString(world.home("lib/a.so")).equals("new a");
            if (!installed && !world.service.calls().contains("stop")) {
                assertThat(Files.readAllBytes(world.home(STATUS)))
                        .as("killed at " + point)
                        .isEqualTo(status);
            } else {
                assertThat(Files.readString(world.home(STATUS)))
                        .as("killed at " + point)
                        .contains(installed ? "\"status\":0" : "\"status\":3");
            }
            assertNothingLeft();
        }
        assertThat(point).isGreaterThan(50);
    }

    private boolean killedAt(int point, Offer offer) throws InterruptedException {
        world.points.begin();
        world.points.killAt(point);
        try {
            world.update(offer);
            return false;
        } catch (CrashPoints.Killed e) {
            return true;
        }
    }
}
