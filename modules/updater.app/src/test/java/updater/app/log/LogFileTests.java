package updater.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.HomeLayout;
import updater.app.host.Console;
import updater.fs.Disk;

/** What is logged has a place, in home or else in the state directory. */
final class LogFileTests {
    @TempDir
    Path temp;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private HomeLayout layout;
    private Path elsewhere;

    @BeforeEach
    void makeHome() throws IOException {
        Path root = temp.toRealPath();
        layout = new HomeLayout(
                Files.createDirectory(root.resolve("home")), Files.createDirectory(root.resolve("state")));
        elsewhere = Files.createDirectory(root.resolve("elsewhere"));
    }

    private void write(String message, boolean truncate) {
        PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
        try (JsonLogHandler log = LogFile.open(Disk.ofHost(), layout, new Console(err, err, false), truncate)) {
            log.log("test").info(message);
        }
    }

    /** What keeps a log from being written in home. */
    private enum Obstacle {
        LINK,
        FILE,
        DIRECTORY_IN_ITS_PLACE_THAT_IS_A_LINK,
        NO_HOME;

        void lay(HomeLayout layout, Path elsewhere) throws IOException {
            Path directory = layout.home().resolve("log");
            switch (this) {
                case LINK -> Files.createSymbolicLink(directory, elsewhere);
                case FILE -> Files.writeString(directory, "not a directory");
                case DIRECTORY_IN_ITS_PLACE_THAT_IS_A_LINK -> Files.createSymbolicLink(directory, directory);
                case NO_HOME -> Files.delete(layout.home());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Obstacle.class)
    void open_homesLogCannotBeHad_isInTheStateDirectory(Obstacle obstacle) throws IOException {
        obstacle.lay(layout, elsewhere);

        write("one", true);
        write("two", false);

        assertThat(layout.state().resolve("updater.log"))
                .content()
                .contains("one")
                .contains("two");
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains(layout.state().resolve("updater.log").toString());
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void open_everythingIsFine_isInHomeAlone() throws IOException {
        write("one", true);

        assertThat(layout.log()).content().contains("one");
        assertThat(layout.state()).isEmptyDirectory();
        assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void open_appendedToForWeeks_isTwoFilesOfABoundedLength() throws IOException {
        write("the update", true);
        Path log = layout.log();
        Path earlier = log.resolveSibling("updater.log.1");
        for (int i = 0; i < 3; i++) {
            try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
                file.setLength(4 << 20);
            }
            write("turn " + i, false);
            assertThat(log).content().contains("turn " + i).hasSizeLessThan(1000);
            assertThat(earlier).hasSize(4 << 20);
        }
        assertThat(earlier).content().contains("turn 1").doesNotContain("the update");
        assertThat(log.getParent())
                .isDirectoryNotContaining(file -> !List.of(log, earlier).contains(file));

        write("the next update", true);

        assertThat(log.getParent()).isDirectoryContaining(log::equals).isDirectoryNotContaining(earlier::equals);
    }

    @Test
    void open_somebodyHasPutADirectoryWhereTheEarlierLogGoes_itGoes() throws IOException {
        write("the update", true);
        Files.writeString(
                Files.createDirectory(layout.log().resolveSibling("updater.log.1"))
                        .resolve("file"),
                "");
        Files.write(layout.log(), new byte[4 << 20]);

        write("turn", false);

        assertThat(layout.log()).content().contains("turn");
        assertThat(layout.log().resolveSibling("updater.log.1")).isRegularFile();
    }
}
