package updater.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Everything an update could have changed in a directory, at one moment. Links are not followed, nothing but regular files
 * is opened. Access and inode change times are not part of it.
 */
public final class TreeSnapshot {

    private static final int TYPE_BITS = 0170000;
    private static final long HUGE = 8L << 30;
    private static final int SAMPLE = 1 << 16;
    private static final Optional<Xattrs> XATTRS = Xattrs.ofThisSystem();

    private final SortedMap<String, Entry> entries;

    private TreeSnapshot(SortedMap<String, Entry> entries) {
        this.entries = Collections.unmodifiableSortedMap(entries);
    }

    /**
     * One name.
     *
     * @param type file, directory, link, fifo, socket, character device or block device
     * @param content SHA-256 of a file, target of a link, number of a device, else empty
     * @param size bytes of a file, else 0
     * @param mtime of a link too
     * @param sameFileAs the first recorded name of a file with several, else empty
     */
    public record Entry(
            String type,
            String content,
            long size,
            int uid,
            int gid,
            int mode,
            FileTime mtime,
            SortedMap<String, String> xattrs,
            String sameFileAs) {

        /** Returns the same with another time. */
        public Entry at(FileTime time) {
            return new Entry(type, content, size, uid, gid, mode, time, xattrs, sameFileAs);
        }

        /** Returns the same with another content. */
        public Entry holding(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            String digest = HexFormat.of().formatHex(sha256().digest(bytes));
            return new Entry(type, digest, bytes.length, uid, gid, mode, mtime, xattrs, sameFileAs);
        }

        /** Returns the same as if it had no second name. */
        public Entry withoutOtherNames() {
            return alsoNamed("");
        }

        /** Returns the same as a second name of a file. */
        Entry alsoNamed(String first) {
            return new Entry(type, content, size, uid, gid, mode, mtime, xattrs, first);
        }

        /** Returns the same with another owner. */
        Entry ownedBy(int newUid, int newGid) {
            return new Entry(type, content, size, newUid, newGid, mode, mtime, xattrs, sameFileAs);
        }

        /** Returns the same with another mode. */
        Entry withMode(int newMode) {
            return new Entry(type, content, size, uid, gid, newMode, mtime, xattrs, sameFileAs);
        }

        public boolean isFile() {
            return type.equals("file");
        }

        boolean isLink() {
            return type.equals("link");
        }

        public boolean isDirectory() {
            return type.equals("directory");
        }

        private SortedMap<String, String> aspects() {
            SortedMap<String, String> aspects = new TreeMap<>();
            aspects.put("type", type);
            aspects.put("content", content);
            aspects.put("size", Long.toString(size));
            aspects.put("owner", Integer.toString(uid));
            aspects.put("group", Integer.toString(gid));
            aspects.put("mode", "%04o".formatted(mode));
            aspects.put("mtime", mtime.toString());
            aspects.put("hard link of", sameFileAs);
            xattrs.forEach((name, value) -> aspects.put("attribute " + name, value));
            return aspects;
        }
    }

    /**
     * Records a directory and all in it.
     *
     * @param excluded names relative to it that are left out with all below them; the last component may be {@code *}
     */
    public static TreeSnapshot of(Path directory, String... excluded) {
        Set<String> names = Set.of(excluded);
        return of(
                directory,
                name -> names.contains(name) || names.contains(name.substring(0, name.lastIndexOf('/') + 1) + "*"));
    }

    /**
     * Records a directory and all in it, but for the names (the own one is empty) that {@code excluded} finds, and all below
     * them. Where there is nothing, nothing is recorded.
     */
    public static TreeSnapshot of(Path directory, Predicate<String> excluded) {
        SortedMap<String, Entry> entries = new TreeMap<>();
        try {
            if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                new Walk(name -> !name.isEmpty() && excluded.test(name), entries, new HashMap<>()).visit(directory, "");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new TreeSnapshot(entries);
    }

    /** Returns the snapshot of a directory that is yet to be. */
    public static TreeSnapshot of(Map<String, Entry> entries) {
        return new TreeSnapshot(new TreeMap<>(entries));
    }

    /** Returns the entries by name, parts separated by a slash; the directory itself is the empty one. */
    public SortedMap<String, Entry> entries() {
        return entries;
    }

    /** Returns a snapshot that lacks these names and all below them. */
    public TreeSnapshot without(String... names) {
        SortedMap<String, Entry> rest = new TreeMap<>(entries);
        for (String name : names) {
            rest.keySet().removeIf(path -> path.equals(name) || path.startsWith(name + "/"));
        }
        return new TreeSnapshot(rest);
    }

    /** Returns a snapshot in which the directory itself has no time: an updater makes and removes names in it. */
    public TreeSnapshot ignoringOwnTime() {
        SortedMap<String, Entry> same = new TreeMap<>(entries);
        same.computeIfPresent("", (path, own) -> own.at(FileTime.fromMillis(0)));
        return new TreeSnapshot(same);
    }

    /** Returns a snapshot in which no directory has a time: placing files in one changes it. */
    public TreeSnapshot ignoringDirectoryTimes() {
        SortedMap<String, Entry> same = new TreeMap<>(entries);
        same.replaceAll((path, entry) -> entry.isDirectory() ? entry.at(FileTime.fromMillis(0)) : entry);
        return new TreeSnapshot(same);
    }

    /** Returns a snapshot in which every name is a file of its own. */
    public TreeSnapshot ignoringOtherNames() {
        SortedMap<String, Entry> same = new TreeMap<>(entries);
        same.replaceAll((path, entry) -> entry.withoutOtherNames());
        return new TreeSnapshot(same);
    }

    /** Returns one readable line for each difference, none when nothing has changed. */
    public List<String> changesSince(TreeSnapshot before) {
        Set<String> names = new TreeSet<>(before.entries.keySet());
        names.addAll(entries.keySet());
        List<String> changes = new ArrayList<>();
        for (String name : names) {
            String shown = name.isEmpty() ? "(the directory itself)" : name;
            Entry old = before.entries.get(name);
            Entry now = entries.get(name);
            if (old == null) {
                changes.add(shown + ": new " + now.type());
            } else if (now == null) {
                changes.add(shown + ": " + old.type() + " is missing");
            } else {
                describe(shown, old.aspects(), now.aspects(), changes);
            }
        }
        return changes;
    }

    private static void describe(String name, Map<String, String> old, Map<String, String> now, List<String> changes) {
        Set<String> aspects = new TreeSet<>(old.keySet());
        aspects.addAll(now.keySet());
        for (String aspect : aspects) {
            String was = old.getOrDefault(aspect, "absent");
            String is = now.getOrDefault(aspect, "absent");
            if (!was.equals(is)) {
                changes.add(name + ": " + aspect + " was " + was + ", is " + is);
            }
        }
    }

    private record Walk(Predicate<String> excluded, SortedMap<String, Entry> entries, Map<Object, String> firstNames) {

        void visit(Path path, String name) throws IOException {
            if (excluded.test(name)) {
                return;
            }
            Map<String, Object> unix = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
            int mode = (int) unix.get("mode");
            String type = type(mode);
            boolean isFile = type.equals("file");
            entries.put(
                    name,
                    new Entry(
                            type,
                            content(path, type, unix),
                            isFile ? (long) unix.get("size") : 0,
                            (int) unix.get("uid"),
                            (int) unix.get("gid"),
                            mode & ~TYPE_BITS,
                            (FileTime) unix.get("lastModifiedTime"),
                            XATTRS.map(reader -> reader.of(path)).orElseGet(TreeMap::new),
                            type.equals("directory") ? "" : sameFileAs(name, unix)));
            if (type.equals("directory")) {
                visitChildren(path, name);
            }
        }

        private void visitChildren(Path directory, String name) throws IOException {
            SortedMap<String, Path> children = new TreeMap<>();
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
                for (Path child : stream) {
                    children.put(shown(child), child);
                }
            }
            for (Map.Entry<String, Path> child : children.entrySet()) {
                visit(child.getValue(), name.isEmpty() ? child.getKey() : name + "/" + child.getKey());
            }
        }

        private String sameFileAs(String name, Map<String, Object> unix) {
            if ((int) unix.get("nlink") < 2) {
                return "";
            }
            String first = firstNames.putIfAbsent(List.of(unix.get("dev"), unix.get("ino")), name);
            return first == null ? "" : first;
        }
    }

    /** The last component as text; bytes that are no UTF-8, and backslashes, as {@code \xNN}, so that no two names look the same. */
    private static String shown(Path path) {
        byte[] raw = Xattrs.rawBytes(path);
        int start = raw.length;
        while (raw[start - 1] != '/') {
            start--;
        }
        byte[] last = Arrays.copyOfRange(raw, start, raw.length);
        String text = new String(last, StandardCharsets.UTF_8);
        if (text.indexOf('\\') < 0 && Arrays.equals(text.getBytes(StandardCharsets.UTF_8), last)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder();
        for (byte b : last) {
            escaped.append(
                    b > ' ' && b != '\\'
                            ? String.valueOf((char) b)
                            : "\\x" + HexFormat.of().toHexDigits(b));
        }
        return escaped.toString();
    }

    private static String type(int mode) {
        return switch (mode & TYPE_BITS) {
            case 0100000 -> "file";
            case 0040000 -> "directory";
            case 0120000 -> "link";
            case 0010000 -> "fifo";
            case 0140000 -> "socket";
            case 0020000 -> "character device";
            case 0060000 -> "block device";
            default -> throw new AssertionError("file type " + Integer.toOctalString(mode));
        };
    }

    private static String content(Path path, String type, Map<String, Object> unix) throws IOException {
        return switch (type) {
            case "file" -> digest(path);
            case "link" -> Files.readSymbolicLink(path).toString();
            case "character device", "block device" -> unix.get("rdev").toString();
            default -> "";
        };
    }

    /** Nobody has that much data here: it has holes, and what a test puts between them lies at one of these. */
    private static void digestSamples(Path path, MessageDigest digest) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            for (int eighth = 0; eighth < 8; eighth++) {
                ByteBuffer sample = ByteBuffer.allocate(SAMPLE);
                channel.position(channel.size() / 8 * eighth);
                channel.read(sample);
                digest.update(sample.flip());
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static String digest(Path path) throws IOException {
        MessageDigest digest = sha256();
        try {
            if (Files.size(path) > HUGE) {
                digestSamples(path, digest);
                return "samples " + HexFormat.of().formatHex(digest.digest());
            }
            try (InputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (AccessDeniedException e) {
            return "not readable";
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TreeSnapshot snapshot && entries.equals(snapshot.entries);
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
