package updater.release;

import org.jspecify.annotations.Nullable;

/** The check that each entry of a list follows the one before, and is in a directory that is listed. */
final class ListOrder {
    private @Nullable ListedPath last;
    private boolean lastIsDirectory;
    private int count;

    void add(FileList.Entry entry) {
        ListedPath path = ListedPath.of(entry.path());
        if (++count > FileList.MAX_ENTRIES) {
            throw new IllegalArgumentException("expected at most " + FileList.MAX_ENTRIES + " entries, found more");
        }
        if (last != null && path.compareTo(last) <= 0) {
            throw Grammar.expected("a path after '" + Grammar.printable(last.text()) + "'", entry.path());
        }
        requireParent(path);
        last = path;
        lastIsDirectory = entry.directory();
    }

    /**
     * In this order everything in a directory follows it before anything else does. So the parent is the last entry, if
     * that is a directory, or one of the directories that the last entry is in, which were listed when it was.
     */
    private void requireParent(ListedPath path) {
        String parent = path.parent();
        boolean listed = parent.isEmpty()
                || (last != null
                        && (last.isBelow(parent)
                                || (lastIsDirectory && last.text().equals(parent))));
        if (!listed) {
            throw Grammar.expected("the directory '" + Grammar.printable(parent) + "' first", path.text());
        }
    }
}
