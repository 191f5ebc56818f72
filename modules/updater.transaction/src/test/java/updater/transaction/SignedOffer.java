package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import updater.release.TrustState;
import updater.transaction.context.TrustFile;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.Vendor;
import updater.transaction.world.World;

/** An update that its vendor signed, and the world that it is offered to. */
abstract class SignedOffer extends Story {
    final Vendor vendor = new Vendor();
    World world;

    @BeforeEach
    void begin() throws IOException {
        world = world("world", false);
    }

    World world(String name, boolean required) throws IOException {
        World made = new World(
                Files.createDirectory(directory.toRealPath().resolve(name)),
                Definition.OUTSIDE,
                product -> vendor.trusting(product, required),
                context -> context);
        made.newAgent(0, () -> {});
        made.write("home/lib/a.so", "old a", 0644);
        made.write("home/tmp/latest/lib/a.so", "new a", 0644);
        made.write("home/tmp/latest/updater-runtime/lib/modules", "a runtime", 0644);
        return made;
    }

    TrustState remembered() throws Exception {
        return new TrustFile(world.context().disk(), world.layout()).read();
    }

    void refused(String... words) throws Exception {
        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);
        assertThat(world.failure).contains(words);
        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.staged("agent")).exists();
        assertThat(world.layout().work()).doesNotExist();
        assertThat(world.layout().journal()).doesNotExist();
        try (Stream<Path> left = Files.list(world.layout().state())) {
            assertThat(left.map(path -> String.valueOf(path.getFileName())))
                    .isSubsetOf(
                            "history",
                            "shipped",
                            "installed-product",
                            "trust",
                            "kept",
                            "product.json",
                            "updater-report.json");
        }
    }

    void updated() throws Exception {
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(world.home("lib/a.so")).hasContent("new a");
        assertThat(world.home("release")).doesNotExist();
        assertThat(world.home("updater-runtime")).doesNotExist();
        assertThat(world.layout().work()).doesNotExist();
        assertThat(world.layout().state().resolve("trust-pending")).doesNotExist();
    }
}
