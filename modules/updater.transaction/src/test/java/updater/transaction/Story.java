package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Tests that each play one story on a world of their own; {@link MutantProbe} plays them as well. */
abstract class Story {
    @TempDir
    Path directory;

    /** Returns the root of the story's world, which is created. */
    Path root() throws IOException {
        return Files.createDirectory(directory.toRealPath().resolve("world"));
    }
}
