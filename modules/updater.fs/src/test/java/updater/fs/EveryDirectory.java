package updater.fs;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A directory, by every implementation, on the real file system. */
abstract class EveryDirectory {
    @TempDir
    Path temp;

    enum Kind {
        HOST,
        PORTABLE;

        Disk disk() {
            return switch (this) {
                case HOST -> Disk.ofHost();
                case PORTABLE -> Disk.portable();
            };
        }
    }

    Directory open(Kind kind) throws IOException {
        return kind.disk().open(temp);
    }
}
