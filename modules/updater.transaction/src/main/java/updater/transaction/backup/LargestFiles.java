package updater.transaction.backup;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import updater.api.FileEntry;

/** The largest of many files. */
final class LargestFiles {
    private static final int SHOWN = 3;

    private final List<FileEntry> files = new ArrayList<>();

    void add(FileEntry file) {
        if (files.size() == SHOWN && files.getLast().size() >= file.size()) {
            return;
        }
        files.add(file);
        files.sort(Comparator.comparingLong(FileEntry::size).reversed());
        if (files.size() > SHOWN) {
            files.removeLast();
        }
    }

    /** Returns path and size of each, the largest one first. */
    List<String> described() {
        return files.stream()
                .map(file -> file.path() + " (" + file.size() + " bytes)")
                .toList();
    }
}
