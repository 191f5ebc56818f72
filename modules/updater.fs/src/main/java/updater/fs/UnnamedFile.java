package updater.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** A file without a name: nobody else can open it, and nothing is left of it once it is closed, however that comes. */
final class UnnamedFile {
    private static final int READ_WRITE = 2;

    /** {@code __O_TMPFILE}. */
    private static final int UNNAMED = 020000000;

    private UnnamedFile() {}

    /** Returns one on the file system of a directory, in which nothing changes; empty where that has no room, or no such files. */
    static Optional<FileChannel> in(LinuxCalls calls, int directory) {
        try {
            int file = calls.open(directory, ".", UNNAMED | calls.flags.directory() | READ_WRITE, 0600);
            try {
                return Optional.of(FileChannel.open(
                        Path.of(LinuxDisk.DESCRIPTORS + file), StandardOpenOption.READ, StandardOpenOption.WRITE));
            } finally {
                calls.close(file);
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
