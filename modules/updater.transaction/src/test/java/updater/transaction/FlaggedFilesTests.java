package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** What {@code chattr} protects is refused while the agent runs, or left as it is. */
final class FlaggedFilesTests {
    @TempDir
    private Path directory;

    private World world;
    private final List<Path> flagged = new ArrayList<>();

    @BeforeEach
    void makeWorld() throws Exception {
        world = new World(directory.toRealPath(), Definition.OUTSIDE, product -> product, context -> context);
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/b.so", "new b", 0644);
        world.write("jmx.jar", "old jar", 0604);
        world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        Path trial = world.write("trial", "", 0600);
        assumeThat(chattr("+i", trial))
                .as("this user and file system know flags")
                .isTrue();
        chattr("-i", trial);
        flagged.remove(trial);
        Files.delete(trial);
    }

    @AfterEach
    void unprotect() throws Exception {
        for (Path path : List.copyOf(flagged)) {
            chattr("-ia", path);
        }
    }

    private boolean chattr(String flags, Path path) throws IOException, InterruptedException {
        if (flags.startsWith("+")) {
            flagged.add(path);
        }
        Process process = new ProcessBuilder("chattr", flags, path.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor() == 0;
    }

    @ParameterizedTest
    @CsvSource({
        "+i, home/agent",
        "+a, home/agent",
        "+i, home/lib",
        "+a, home/lib",
        "+i, home",
        "+i, units/agent.unit",
        "+a, units/agent.unit",
        "+i, units",
        "+i, jmx.jar",
        "+i, home/tmp/latest/agent",
        "+i, home/tmp/latest/lib"
    })
    void update_whatItReplacesIsProtected_isRefusedAndNamed(String flag, String path) throws Exception {
        Path target = world.root().resolve(path);
        assertThat(chattr(flag, target)).isTrue();
        TreeSnapshot before = world.home();

        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);

        assertThat(world.failure).contains(target.toString()).contains("chattr -" + flag.substring(1));
        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void update_protectedFileThatNoUpdateTouches_isNoReasonToRefuse() throws Exception {
        Path notTouched = world.write("home/licence", "for this host", 0644);
        assertThat(chattr("+i", notTouched)).isTrue();
        assertThat(chattr("+i", world.home("config.yaml"))).isTrue();
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(notTouched).hasContent("for this host");
        assertThat(world.home("agent")).hasContent(World.OLD);
    }

    @ParameterizedTest
    @CsvSource({"audit.log, ' and more'", "lib/audit.log, ''"})
    void update_newAgentAppendsToAnAppendOnlyLogAndFails_isRolledBackAndSaysSo(String path, String more)
            throws Exception {
        Path log = world.write("home/" + path, "the first line", 0640);
        assertThat(chattr("+a", log)).isTrue();
        world.newAgent(3, () -> Files.writeString(log, more, StandardOpenOption.APPEND));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(log).hasContent("the first line" + more);
        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.failure.contains("append-only")).isEqualTo(!more.isEmpty());
    }

    /** The flag is no way around an undo: here what was in the file is not there any more. */
    @Test
    void update_newAgentRewritesAFileAndMakesItAppendOnly_isIncomplete() throws Exception {
        Path file = world.write("home/data", "what was there", 0640);
        world.newAgent(3, () -> {
            Files.writeString(file, "what was not there before");
            try {
                chattr("+a", file);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);
        chattr("-a", file);
        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        assertThat(file).hasContent("what was there");
    }
}
