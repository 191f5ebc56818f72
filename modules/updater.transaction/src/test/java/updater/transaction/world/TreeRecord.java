package updater.transaction.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Record what a tree is by means that owe nothing to the code under test, to compare it with what it is later. */
public final class TreeRecord {
    private static final int TYPE_BITS = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int LINK = 0120000;

    private final SortedMap<String, Entry> entries = new TreeMap<>();

    private TreeRecord() {}

    /**
     * One path.
     *
     * @param content of a file, the target of a link
     */
    record Entry(
            int type, int mode, int uid, int gid, String modified, String content, Map<String, String> attributes) {
        boolean isDirectory() {
            return type == DIRECTORY;
        }

        boolean isFile() {
            return type == REGULAR;
        }

        /** Returns the same file after another one took its place. */
        Entry holding(Entry staged) {
            return new Entry(type, mode, uid, gid, staged.modified, staged.content, attributes);
        }

        Entry ownedBy(int newUid, int newGid) {
            return new Entry(type, mode, newUid, newGid, modified, content, attributes);
        }

        Entry timeless() {
            return new Entry(type, mode, uid, gid, "", content, attributes);
        }
    }

    static TreeRecord of(Map<String, Entry> entries) {
        TreeRecord record = new TreeRecord();
        record.entries.putAll(entries);
        return record;
    }

    /** Records a tree but for what is skipped; the root's own time is left out. */
    static TreeRecord of(Path root, Predicate<String> skip) {
        TreeRecord record = new TreeRecord();
        try {
            if (Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
                record.add(root, "", skip);
                record.entries.computeIfPresent("", (path, entry) -> entry.timeless());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return record;
    }

    private void add(Path path, String name, Predicate<String> skip) throws IOException {
        if (skip.test(name)) {
            return;
        }
        Map<String, Object> unix =
                Files.readAttributes(path, "unix:mode,uid,gid,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        int mode = (int) unix.get("mode");
        int type = mode & TYPE_BITS;
        entries.put(
                name,
                new Entry(
                        type,
                        mode & ~TYPE_BITS,
                        (int) unix.get("uid"),
                        (int) unix.get("gid"),
                        String.valueOf(unix.get("lastModifiedTime")),
                        content(path, type),
                        type == REGULAR || type == DIRECTORY ? attributes(path) : Map.of()));
        if (type == DIRECTORY) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
                for (Path child : children) {
                    String childName = String.valueOf(child.getFileName());
                    add(child, name.isEmpty() ? childName : name + "/" + childName, skip);
                }
            }
        }
    }

    private static String content(Path path, int type) throws IOException {
        if (type == REGULAR) {
            return new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
        }
        return type == LINK ? Files.readSymbolicLink(path).toString() : "";
    }

    private static Map<String, String> attributes(Path path) throws IOException {
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(path, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        Map<String, String> found = new TreeMap<>();
        for (String name : view.list()) {
            ByteBuffer value = ByteBuffer.allocate(view.size(name));
            view.read(name, value);
            found.put(name, new String(value.array(), StandardCharsets.ISO_8859_1));
        }
        return found;
    }

    SortedMap<String, Entry> entries() {
        return entries;
    }

    /** Returns a copy without the times of directories, which change with every name in them. */
    TreeRecord withoutDirectoryTimes() {
        TreeRecord copy = new TreeRecord();
        entries.forEach((path, entry) -> copy.entries.put(path, entry.isDirectory() ? entry.timeless() : entry));
        return copy;
    }

    TreeRecord without(String path) {
        TreeRecord copy = of(entries);
        copy.entries.remove(path);
        return copy;
    }

    /** Returns one line for each difference. */
    public List<String> differencesTo(TreeRecord other) {
        TreeSet<String> paths = new TreeSet<>(entries.keySet());
        paths.addAll(other.entries.keySet());
        List<String> differences = new ArrayList<>();
        for (String path : paths) {
            Entry mine = entries.get(path);
            Entry its = other.entries.get(path);
            if (mine == null || !mine.equals(its)) {
                differences.add("'" + path + "': " + shown(mine) + " -> " + shown(its));
            }
        }
        return differences;
    }

    private static String shown(Object entry) {
        String text = String.valueOf(entry);
        return text.length() > 300 ? text.substring(0, 300) + "…" : text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TreeRecord record && entries.equals(record.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }

    @Override
    public String toString() {
        return entries.toString();
    }
}
