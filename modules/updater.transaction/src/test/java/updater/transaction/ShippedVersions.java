package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Product;
import updater.api.conformance.ProductEdit;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** Versions of one agent, shipped and installed in a row. */
abstract class ShippedVersions {
    @TempDir
    Path directory;

    int worlds;
    World world;

    World world(UnaryOperator<Product> product) throws IOException {
        return new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                Definition.OUTSIDE,
                product,
                context -> context);
    }

    static Product configuring(Product plain, Set<String> preserved, String... configuration) {
        return ProductEdit.of(plain)
                .preserved(preserved)
                .mutable(List.of("log/", "tmp/", "cache/", World.STATUS))
                .configuration(List.of(configuration))
                .product();
    }

    @BeforeEach
    void begin() throws Exception {
        world = world(product -> configuring(product, Set.of("config.yaml", "rules/"), "*.conf"));
        stage("lib/a.so", "a 1", 0644);
        stage("lib/old/dropped.so", "dropped", 0640);
        stage("etc/agent.conf", "first", 0640);
        stage("rules/site", "rule", 0644);
        stage("cache/seed", "seed", 0644);
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    void stage(String path, String content, int mode) throws IOException {
        world.write("home/tmp/latest/" + path, content, mode);
    }

    void next(String agent) throws IOException {
        world.writeStatus(2);
        world.atExit = null;
        stage("agent", agent, 0755);
    }

    /** The second version, as the first but for what a test has staged. */
    UpdateReport update(int status) throws Exception {
        next("new agent 2");
        world.newAgent(status, () -> {});
        int exit = world.update();
        assertThat(exit).as(() -> world.failure).isEqualTo(status == 0 ? 0 : 1);
        return ReportJson.read(Files.readAllBytes(world.layout().state().resolve("updater-report.json")));
    }

    int mode(String path) throws IOException {
        return (int) Files.getAttribute(world.home(path), "unix:mode") & 07777;
    }
}
