package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Ticker;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.transaction.context.UpdateContext;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.World;

/** An update that is refused, with the path and the reason, and has changed nothing. */
abstract class RefusedUpdate {
    Path root;
    World world;
    Judge judge;

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        root = Files.createDirectory(directory.toRealPath().resolve("world"));
        world = World.plain(root);
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
    }

    void refused(String... because) throws Exception {
        judge = new Judge(world, calm());
        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);
        assertThat(world.failure).contains(because);
        judge.untouched();
        assertThat(world.service.calls()).doesNotContain("stop", "start", "reload");
        UpdateReport report = ReportJson.read(Files.readAllBytes(world.layout().report()));
        assertThat(report.outcome()).isEqualTo(UpdateReport.Outcome.REFUSED);
        assertThat(report.explanation().refusalCode()).isNotEmpty();
        assertThat(report.reason() + report.explanation().advice()).contains(because);
    }

    static GeneratedUpdate calm() {
        return GeneratedUpdate.plain(Definition.OUTSIDE, 0);
    }

    /** A clock that goes on with every look until the guard is armed: the time for comparing is over before it begins. */
    final class Hurrying implements Ticker {
        private final AtomicLong looks = new AtomicLong();

        @Override
        public long nanos() {
            long look = world.service.armed ? looks.get() : looks.incrementAndGet();
            return world.clock.nanos()
                    + Duration.ofSeconds(3).multipliedBy(look).toNanos();
        }

        @Override
        public Instant now() {
            return world.clock.now();
        }

        @Override
        public void pause(Duration duration) {
            world.clock.pause(duration);
        }
    }

    void replaceWorld(UnaryOperator<UpdateContext> adjusted) throws IOException {
        World.remove(root);
        Files.createDirectory(root);
        world = new World(root, Definition.OUTSIDE, product -> product, adjusted);
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
    }
}
