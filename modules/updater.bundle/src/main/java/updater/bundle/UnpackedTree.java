package updater.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;
import updater.archive.EntryName;

/** What was unpacked so far; unless it was completed, closing removes it. */
final class UnpackedTree implements AutoCloseable {
    private static final int IMPLICIT_MODE = 0755;
    private static final int OWNER = 0700;

    private final Path target;
    private final boolean posix;
    private final Deque<Path> made = new ArrayDeque<>();
    private final Map<String, Integer> directories = new HashMap<>();
    private boolean complete;

    private UnpackedTree(Path target) {
        this.target = target;
        this.posix = target.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    static UnpackedTree open(Path target) throws UpdateFailure {
        UnpackedTree tree = new UnpackedTree(target.toAbsolutePath());
        try {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                requireEmpty(target);
            } else {
                Files.createDirectory(target);
                tree.made.push(target);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("make the directory", target, e);
        }
        return tree;
    }

    private static void requireEmpty(Path target) throws IOException, UpdateFailure.Refused {
        if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID, target + " is not a directory", "Name one that is empty, or not there");
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(target)) {
            if (children.iterator().hasNext()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_INVALID,
                        target + " is not empty",
                        "Name a directory that is, or is not there");
            }
        }
    }

    void add(BundleEntry entry, InputStream content) throws IOException, UpdateFailure {
        int slash = entry.path().lastIndexOf('/');
        if (slash >= 0) {
            requireDirectory(entry.path().substring(0, slash), IMPLICIT_MODE, false);
        }
        if (entry.directory()) {
            requireDirectory(entry.path(), entry.mode(), true);
        } else {
            addFile(entry, content);
        }
    }

    /** A directory's own entry may come after what is in it; then it was made with a mode that is corrected here. */
    private void requireDirectory(String path, int mode, boolean own) throws UpdateFailure {
        if (directories.containsKey(path)) {
            if (own) {
                directories.put(path, mode);
            }
            return;
        }
        int slash = path.lastIndexOf('/');
        if (slash >= 0) {
            requireDirectory(path.substring(0, slash), IMPLICIT_MODE, false);
        }
        Path directory = resolve(path);
        try {
            // Writable until everything is in it, whatever the archive says.
            Files.createDirectory(directory, attributes(mode | OWNER));
        } catch (IOException e) {
            throw new UpdateFailure.Disk("make the directory", directory, e);
        }
        made.push(directory);
        directories.put(path, mode);
    }

    private void addFile(BundleEntry entry, InputStream content) throws IOException, UpdateFailure {
        Path file = resolve(entry.path());
        try (SeekableByteChannel channel = create(file, entry.mode())) {
            byte[] buffer = new byte[1 << 16];
            for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
                write(channel, ByteBuffer.wrap(buffer, 0, count), file);
            }
        }
    }

    private SeekableByteChannel create(Path file, int mode) throws UpdateFailure.Disk {
        try {
            // CREATE_NEW is O_EXCL: it neither follows a link nor opens what is there.
            SeekableByteChannel channel = Files.newByteChannel(
                    file,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    attributes(mode));
            made.push(file);
            return channel;
        } catch (IOException e) {
            throw new UpdateFailure.Disk("make the file", file, e);
        }
    }

    private static void write(SeekableByteChannel channel, ByteBuffer bytes, Path file) throws UpdateFailure.Disk {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("write", file, e);
        }
    }

    private Path resolve(String path) throws UpdateFailure.Refused {
        try {
            Path resolved = target.resolve(path);
            // By its text this cannot happen; a file system with other rules about names would show here.
            if (!resolved.normalize().startsWith(target.normalize())) {
                throw new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_INVALID,
                        "the bundle's '" + EntryName.printable(path) + "' leads out of " + target,
                        "");
            }
            return resolved;
        } catch (InvalidPathException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "the bundle's '" + EntryName.printable(path) + "' is no name on this host: " + e.getReason(),
                    "On Linux, run with -Dsun.jnu.encoding=UTF-8",
                    e);
        }
    }

    /** Permissions given to the call that creates, so that the umask applies to them. */
    private FileAttribute<?>[] attributes(int mode) {
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions(mode))}
                : new FileAttribute<?>[0];
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        StringBuilder text = new StringBuilder("rwxrwxrwx");
        for (int bit = 0; bit < text.length(); bit++) {
            if ((mode & (0400 >> bit)) == 0) {
                text.setCharAt(bit, '-');
            }
        }
        return PosixFilePermissions.fromString(text.toString());
    }

    /** Gives directories their modes and keeps everything. */
    void complete() throws UpdateFailure {
        if (posix) {
            for (Path path : made) {
                if (path.startsWith(target) && !path.equals(target)) {
                    Integer mode = directories.get(relative(path));
                    if (mode != null) {
                        restrict(path, mode);
                    }
                }
            }
        }
        complete = true;
    }

    private String relative(Path path) {
        return target.relativize(path).toString().replace(target.getFileSystem().getSeparator(), "/");
    }

    private static void restrict(Path directory, int mode) throws UpdateFailure.Disk {
        try {
            Set<PosixFilePermission> actual = Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS);
            if (actual.retainAll(permissions(mode))) {
                Files.setPosixFilePermissions(directory, actual);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("set the mode of", directory, e);
        }
    }

    @Override
    public void close() throws UpdateFailure {
        if (complete) {
            return;
        }
        IOException first = null;
        for (Path path : made) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw new UpdateFailure.Disk("remove what was unpacked so far from", target, first);
        }
    }
}
