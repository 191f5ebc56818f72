package updater.testkit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** The fate of what a {@link FaultyChannel} changes. */
public interface ChannelFaults {
    /**
     * Makes a change, or fails before or after it.
     *
     * @param operation {@code write}, {@code truncate} or {@code force}
     */
    <T> T changing(String operation, Path file, Change<T> change) throws IOException;

    /** Returns how many bytes of a write reach the file, or fails when there are none. */
    default int fitting(FileChannel file, long position, int wanted) throws IOException {
        return wanted;
    }

    /** One change of a file. */
    @FunctionalInterface
    interface Change<T> {
        T make() throws IOException;
    }
}
