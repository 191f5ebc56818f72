package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Product;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.ProductEdit;
import updater.state.document.Probation;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.transaction.context.ProbationFile;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.RealCommands;
import updater.transaction.world.World;

/** A version that is committed, and goes on being looked at by the guard, which comes every 15 s. */
abstract class OnProbation {
    static final Duration REQUIRED = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    int worlds;
    World world;

    @BeforeEach
    void begin() throws Exception {
        begin(product -> product);
    }

    void begin(UnaryOperator<Product> edit) throws Exception {
        begin(Definition.OUTSIDE, edit);
    }

    void begin(Definition definition, UnaryOperator<Product> edit) throws Exception {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                definition,
                product -> edit.apply(onProbation(product)),
                context -> context);
        reports(0);
        world.commands = new RealCommands();
    }

    /** Whichever version is started says after a while how it fares. */
    void reports(int number) {
        world.service.onStart = () -> {
            // Whom the agent runs as is read of its process.
            world.service.pid = ProcessHandle.current().pid();
            world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(number));
        };
    }

    static Product onProbation(Product product) {
        return ProductEdit.of(product)
                .probation(REQUIRED)
                .retention(new Retention(1 << 20, 1000, 7, 1 << 20))
                .product();
    }

    void updated() throws Exception {
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.service.armed).isTrue();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(probation()).isPresent();
    }

    Optional<Probation> probation() throws IOException {
        return new ProbationFile(world.context().disk(), world.layout()).read();
    }

    UpdateReport report() throws Exception {
        return ReportJson.read(Files.readAllBytes(world.layout().report()));
    }

    /** What the guard does when its time has come again. */
    int look() throws InterruptedException {
        world.clock.ahead = world.clock.ahead.plusSeconds(15);
        // Going back compares what it starts with what it finds staged.
        Path kept = world.layout().state().resolve("previous-definition/install/agent.unit");
        if (Files.exists(kept)) {
            try {
                world.service.newDefinition = Files.readString(kept);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return world.recover();
    }

    void assertTakenBack(String because) throws Exception {
        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.service.armed).isFalse();
        assertThat(probation()).isEmpty();
        assertThat(report().reason())
                .contains("has failed its probation", because)
                .endsWith("the last update was taken back");
    }
}
