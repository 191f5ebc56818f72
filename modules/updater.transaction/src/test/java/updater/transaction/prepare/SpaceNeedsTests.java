package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import updater.api.FileType;
import updater.api.Stat;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Space;

/** Two file systems with blocks of 4096 bytes, one of them with 10 inodes left. */
final class SpaceNeedsTests {
    private static final long BLOCK = 4096;

    private final Map<Path, Space> spaces = new HashMap<>();
    private final SpaceNeeds needs = new SpaceNeeds(disk());

    private final Directory home = directory("/home", 1, 3 * BLOCK, OptionalLong.empty());
    private final Directory below = directory("/home/below", 1, 3 * BLOCK, OptionalLong.empty());
    private final Directory state = directory("/state", 2, 100 * BLOCK, OptionalLong.of(10));

    private Disk disk() {
        return new Disk() {
            @Override
            public Directory open(Path absoluteDirectory) {
                throw new AssertionError(absoluteDirectory);
            }

            @Override
            public Space space(Path path) {
                return Objects.requireNonNull(spaces.get(path));
            }
        };
    }

    private Directory directory(String path, long device, long bytes, OptionalLong inodes) {
        Path display = Path.of(path);
        spaces.put(display, new Space(bytes, inodes, "fake", BLOCK));
        Stat self = new Stat(FileType.DIRECTORY, 0, 0700, 0, 0, Instant.EPOCH, Instant.EPOCH, device, 2, 1);
        return (Directory) Proxy.newProxyInstance(
                Directory.class.getClassLoader(),
                new Class<?>[] {Directory.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "display" -> display;
                    case "self" -> self;
                    default -> throw new AssertionError(method);
                });
    }

    private void refused(String... because) {
        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(needs::require)
                .satisfies(refusal -> assertThat(refusal.fullMessage()).contains(because));
    }

    @Test
    void files_takeWholeBlocks() throws Exception {
        needs.at(home.display(), home).addFile(1);
        needs.at(home.display(), home).addFile(BLOCK + 1);
        assertThatCode(needs::require).doesNotThrowAnyException();

        needs.at(home.display(), home).addFile(1);

        refused("/home: the update needs 16384 bytes, 12288 are available", "Free at least 4096 bytes");
    }

    @Test
    void placesOnOneFileSystem_shareWhatItHas() throws Exception {
        needs.at(home.display(), home).addFile(2 * BLOCK);
        needs.at(state.display(), state).addFile(2 * BLOCK);
        needs.at(below.display(), below).addFile(2 * BLOCK);

        refused("/home: the update needs 16384 bytes");
    }

    @Test
    void copiesThatPass_countOnce() throws Exception {
        needs.at(home.display(), home).addPassing(BLOCK);
        needs.at(home.display(), home).addPassing(2 * BLOCK);
        needs.at(below.display(), below).addPassing(3 * BLOCK);
        assertThatCode(needs::require).doesNotThrowAnyException();

        needs.at(home.display(), home).add(1, 0);

        refused("needs 12289 bytes");
    }

    @Test
    void inodes_runOut() throws Exception {
        for (int i = 0; i < 10; i++) {
            needs.at(state.display(), state).addFile(0);
        }
        assertThatCode(needs::require).doesNotThrowAnyException();

        needs.at(state.display(), state).addPassing(1);

        refused("not enough inodes at /state: the update needs 11, 10 are available");
    }

    @Test
    void noInodesLeft_isNotTakenForNoLimit() throws Exception {
        spaces.put(state.display(), new Space(100 * BLOCK, OptionalLong.of(0), "fake", BLOCK));
        needs.at(state.display(), state).addFile(0);

        refused("needs 1, 0 are available");
    }

    @Test
    void sums_areAddedUp() throws Exception {
        SpaceNeeds others = new SpaceNeeds(disk());
        others.at(below.display(), below).addFile(2 * BLOCK);
        others.at(below.display(), below).addPassing(BLOCK);
        needs.at(home.display(), home).addFile(1);

        needs.add(others);

        refused("/home: the update needs 16384 bytes");
    }

    @Test
    void whatWasNotForeseen_isSaidToNeedMoreThanThereIs() throws IOException {
        needs.at(home.display(), home).addFile(1);

        assertThat(needs.beyond(needs.at(home.display(), home), new IOException("No space left on device"))
                        .getMessage())
                .contains("needs 16384 bytes, 12288 are available");
    }
}
