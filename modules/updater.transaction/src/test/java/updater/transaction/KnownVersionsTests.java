package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.UpdateTerms.Policy;
import updater.api.UpdateTerms.Retention;
import updater.api.Versions;
import updater.api.conformance.ProductEdit;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.Offer;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** The versions that report and history name, of an agent that writes no status file. */
final class KnownVersionsTests {
    private World world;

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world")),
                Definition.OUTSIDE,
                product -> ProductEdit.of(product)
                        .probes(new Probe.Running(Duration.ofMillis(100)))
                        .retention(new Retention(1 << 20, 1000, 7, 1 << 20))
                        .policy(new Policy(0, true, true))
                        .product(),
                context -> context);
        Files.delete(world.home(World.STATUS));
        world.newAgent(-1, () -> {});
    }

    @AfterEach
    void end() throws IOException {
        world.close();
    }

    private void update(String version) throws Exception {
        world.write("home/.updater/offered/agent", "the agent of " + version, 0755);
        Files.setPosixFilePermissions(world.layout().work(), PosixFilePermissions.fromString("rwx------"));
        Path offered = world.layout().work().resolve("offered");
        Offer offer = new Offer(
                ((Number) Files.getAttribute(offered, "unix:dev")).longValue(),
                ((Number) Files.getAttribute(offered, "unix:ino")).longValue(),
                version);
        assertThat(world.update(offer)).as(() -> world.failure).isZero();
    }

    private Versions last() throws IOException {
        return new HistoryFile(world.context().disk(), world.layout())
                .read()
                .getLast()
                .versions();
    }

    @Test
    void update_ofAnOffer_isFromWhatTheLastOneInstalledToWhatWasOffered() throws Exception {
        update("1.1");
        assertThat(last()).isEqualTo(new Versions("", "1.1"));

        update("1.2");
        assertThat(last()).isEqualTo(new Versions("1.1", "1.2"));
    }

    @Test
    void goBack_namesBoth() throws Exception {
        update("1.1");
        update("1.2");

        assertThat(world.goBack()).as(() -> world.failure).isZero();
        assertThat(last()).isEqualTo(new Versions("1.2", "1.1"));
    }
}
