package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.TreeRemoval;
import updater.fs.TreeWalk;

/**
 * A runtime image as it was read: plain files and directories.
 *
 * @param entries everything in it but the marker, paths relative to the image, parents before what is in them
 */
record RuntimeImage(List<FileEntry> entries) {
    /** The file in a runtime that is whole and on disk; no part of what was copied. */
    static final String MARKER = ".complete";

    /** More than any runtime image has, which is some hundred. */
    private static final int MAX_ENTRIES = 20_000;

    /**
     * Looks at every entry of an image; the result holds for them as they were then.
     *
     * @throws UpdateFailure.Refused when there is a link, a special file, or too many entries
     */
    static RuntimeImage read(Directory image) throws IOException, UpdateFailure.Refused {
        Reader reader = new Reader();
        try {
            TreeWalk.walk(image, path -> path.equals(MARKER) || path.equals(MARKER + "/"), reader);
        } catch (Refusal refusal) {
            throw refusal.failure();
        }
        return new RuntimeImage(List.copyOf(reader.entries));
    }

    private static final class Reader implements TreeWalk.Visitor {
        private final List<FileEntry> entries = new ArrayList<>();

        @Override
        public boolean enter(FileEntry directory, Directory opened) throws IOException {
            if (!directory.path().isEmpty()) {
                add(directory, opened.display());
            }
            return true;
        }

        @Override
        public void file(FileEntry entry, Directory parent) throws IOException {
            Path path = parent.display().resolve(entry.name());
            add(entry, path);
            if (entry.type() != FileType.REGULAR) {
                throw new Refusal(
                        RefusalCode.RUNTIME_UNUSABLE,
                        path + " is neither a file nor a directory",
                        "Unpack the update again");
            }
        }

        private void add(FileEntry entry, Path path) throws Refusal {
            if (entries.size() >= MAX_ENTRIES) {
                throw new Refusal(
                        RefusalCode.RUNTIME_UNUSABLE,
                        path + " is one too many for a runtime image",
                        "Unpack the update again");
            }
            entries.add(entry);
        }
    }

    /** Removes an image, its marker first and durably: a removal that is killed leaves no whole one. Idempotent. */
    static void remove(Directory parent, String name) throws IOException {
        Optional<FileEntry> there = parent.lookup(name);
        if (there.isPresent() && there.get().type() == FileType.DIRECTORY) {
            try (Directory image = parent.child(name)) {
                if (image.lookup(MARKER).isPresent()) {
                    image.delete(MARKER);
                    image.force();
                }
            }
        }
        TreeRemoval.remove(parent, name);
    }
}
