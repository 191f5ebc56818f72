package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileRules.OutsideFile;
import updater.fs.Pinned;

/** What an update does with a file of the bundle. */
sealed interface Found extends Closeable {
    @Override
    default void close() throws IOException {
        // Most kinds hold nothing open.
    }

    /** It stays in the staged tree: it is in place already, or its path is never touched. */
    enum NotPlaced implements Found {
        UNCHANGED,
        PRESERVED,
        /** The operator has changed it, and the vendor has not. */
        STAYS,
        EXCLUDED
    }

    /** It goes outside home. */
    record Elsewhere(OutsideFile file) implements Found {}

    /** It goes where nothing is. */
    record New(Pinned staged) implements Found {
        @Override
        public void close() throws IOException {
            staged.close();
        }
    }

    /**
     * It replaces a file.
     *
     * @param there that file, without attributes
     * @param mode what it gets: that of the bundle where the operator has not changed it
     * @param changed whether both the operator and the vendor have changed the file since it was shipped
     */
    record Replacing(Pinned staged, FileEntry there, Map<String, Bytes> attributes, int mode, boolean changed)
            implements Found {
        @Override
        public void close() throws IOException {
            staged.close();
        }
    }

    /**
     * It is placed beside what stays, a file of configuration that both the operator and the vendor have changed, or a link.
     *
     * @param wanted what it gets
     */
    record Beside(Pinned staged, PlacedInodes.Wanted wanted) implements Found {
        @Override
        public void close() throws IOException {
            staged.close();
        }
    }

    /** It replaces a symbolic link. */
    record ReplacingLink(Pinned staged, FileEntry link) implements Found {
        @Override
        public void close() throws IOException {
            staged.close();
        }
    }

    /**
     * It is itself a symbolic link, which comes back with the version that it was replaced in.
     *
     * @param there what has its place; empty where nothing has
     * @param changed whether that is a file which the operator has changed
     */
    record Link(Optional<FileEntry> there, boolean changed) implements Found {}
}
