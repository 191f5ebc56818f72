package updater.app;

import java.io.IOException;
import updater.api.Step.PlaceFile;

/**
 * Put a staged file in place, and take it back. Operating systems differ in what that takes: POSIX replaces a file
 * that is in use by a rename; Windows must rename the old one aside first.
 */
interface Placing extends java.io.Closeable {
    /**
     * Puts the staged file in place, atomically: whoever looks sees the old file or the new one. Not forced to disk.
     * Does nothing when it was done before.
     */
    void place(PlaceFile file) throws IOException;

    /**
     * Puts the backup back, or removes the file when there was none before. Not forced to disk. Does nothing when the
     * file was never placed, or was taken back before.
     *
     * @param displaced called with what is about to be replaced or removed, so that it can be kept
     */
    void takeBack(PlaceFile file, Displaced displaced) throws IOException;

    /** Save what an undo is about to replace or remove. */
    @FunctionalInterface
    interface Displaced {
        /** Called while the file is still there. May move it away. */
        void about(updater.fs.Directory parent, String name, String path) throws IOException;
    }
}
