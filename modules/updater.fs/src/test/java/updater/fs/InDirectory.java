package updater.fs;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An open directory of the host's disk, empty. */
abstract class InDirectory {
    @TempDir
    Path temp;

    Directory directory;

    @BeforeEach
    void open() throws IOException {
        directory = Disk.ofHost().open(temp);
    }

    @AfterEach
    void close() throws IOException {
        directory.close();
    }
}
