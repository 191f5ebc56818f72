package updater.state.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;

/** The way to the file of a record log: everything a log does to the disk goes through the channels opened here. */
@FunctionalInterface
public interface LogChannels {
    /** Opens the file as {@link FileChannel#open(Path, Set, FileAttribute...)} does. */
    FileChannel open(Path file, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException;

    /** Returns the channels of the file's own file system. */
    static LogChannels ofFileSystem() {
        return FileChannel::open;
    }
}
