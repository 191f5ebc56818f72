package updater.bundle;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.Deflater;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;
import updater.archive.BundleLimits;
import updater.archive.EntryName;
import updater.archive.EntryNames;
import updater.archive.ExactInputStream;

/**
 * A bundle that is built from files and directories on disk.
 *
 * <p>The same input gives the same bytes on the same JDK, for every user, place and time: members are sorted, belong to
 * root, have one given time and one of two modes (0755 for directories and what its owner may execute, 0644 for other
 * files).
 */
public final class BundleBuilder {
    private static final int EXECUTABLE = 0755;
    private static final int PLAIN = 0644;
    private static final int SET_ID_BITS = 06000;

    private final Instant modified;
    private final SortedMap<String, Member> members = new TreeMap<>();
    private final EntryNames names = new EntryNames();
    private final BundleLimits limits;
    /** The highest level takes three times as long for a bundle that is not a hundredth smaller. */
    private int level = Deflater.DEFAULT_COMPRESSION;

    private long totalBytes;

    /**
     * @param modified the modification time of every member, cut to seconds; from 1970 to 2038 it is known to be read
     *     everywhere
     */
    public BundleBuilder(Instant modified) {
        this(modified, BundleLimits.DEFAULT);
    }

    /** @param limits what is taken out of one bundle, so that no more is put in */
    BundleBuilder(Instant modified, BundleLimits limits) {
        this.modified = Instant.ofEpochSecond(modified.getEpochSecond());
        this.limits = limits;
    }

    /**
     * Has a {@code .tar.gz} compressed more or less than usual.
     *
     * @param other from 0, none at all, to 9
     */
    public void setLevel(int other) {
        if (other < Deflater.NO_COMPRESSION || other > Deflater.BEST_COMPRESSION) {
            throw new IllegalArgumentException("no level of compression: " + other);
        }
        level = other;
    }

    private record Member(BundleEntry entry, Path source) {}

    /**
     * Adds a directory's content, all of it, or one file.
     *
     * @param at the path in the bundle that {@code source} gets; empty to add a directory's content at the root
     * @param source on disk; it may itself be a link, but nothing below it may
     * @throws UpdateFailure.Refused when there is a link, a special file, a set-id bit, a file of 1,000,000,000 bytes or
     *     more, more than is taken out of one bundle, a name that cannot be used, or something at that path already that
     *     is not a directory
     * @throws UpdateFailure.Disk when something cannot be read
     */
    public void add(String at, Path source) throws UpdateFailure {
        if (!at.isEmpty()) {
            EntryName.check(at);
            for (int slash = at.indexOf('/'); slash >= 0; slash = at.indexOf('/', slash + 1)) {
                put(new BundleEntry(at.substring(0, slash), true, EXECUTABLE, 0), source);
            }
        }
        try {
            addTree(at, source.toRealPath());
        } catch (IOException e) {
            throw new UpdateFailure.Disk("read", source, e);
        }
    }

    private void addTree(String path, Path source) throws IOException, UpdateFailure.Refused {
        BasicFileAttributes attributes =
                Files.readAttributes(source, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isDirectory()) {
            if (!path.isEmpty()) {
                put(new BundleEntry(path, true, EXECUTABLE, 0), source);
            }
            addChildren(path, source);
        } else if (path.isEmpty()) {
            throw refuse(source, "is not a directory", "Say which path it gets in the bundle");
        } else if (attributes.isRegularFile()) {
            addFile(path, source, attributes.size());
        } else {
            throw refuse(
                    source,
                    attributes.isSymbolicLink() ? "is a symbolic link" : "is neither a regular file nor a directory",
                    "Agents unpack regular files and directories only; put a copy in its place");
        }
    }

    private void addChildren(String path, Path directory) throws IOException, UpdateFailure.Refused {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            for (Path child : children) {
                String name = String.valueOf(child.getFileName());
                String childPath = path.isEmpty() ? name : path + "/" + name;
                EntryName.check(childPath);
                // A name this JVM cannot decode comes back as another one.
                if (!Files.exists(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                    throw refuse(
                            directory,
                            "holds the name '" + EntryName.printable(name) + "', which is not UTF-8",
                            "Run with -Dsun.jnu.encoding=UTF-8, or in a UTF-8 locale");
                }
                addTree(childPath, child);
            }
        }
    }

    private void addFile(String path, Path source, long size) throws IOException, UpdateFailure.Refused {
        if (size >= limits.fileBytes()) {
            throw refuse(
                    source,
                    "has " + size + " bytes; expected less than " + limits.fileBytes(),
                    "Agents cut larger files");
        }
        requireNoSetId(source);
        put(new BundleEntry(path, false, executable(source) ? EXECUTABLE : PLAIN, size), source);
    }

    private static boolean executable(Path file) throws IOException {
        PosixFileAttributeView posix =
                Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        return posix == null
                ? Files.isExecutable(file)
                : posix.readAttributes().permissions().contains(PosixFilePermission.OWNER_EXECUTE);
    }

    private static void requireNoSetId(Path file) throws IOException, UpdateFailure.Refused {
        if (file.getFileSystem().supportedFileAttributeViews().contains("unix")
                && ((int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & SET_ID_BITS) != 0) {
            throw refuse(
                    file,
                    "has a set-user-ID or set-group-ID bit, which would get lost",
                    "Take the bit off, or let the agent's package set it");
        }
    }

    private void put(BundleEntry entry, Path source) throws UpdateFailure.Refused {
        names.add(entry.path());
        if (names.size() > limits.entries()) {
            throw refuse(
                    source,
                    "is one too many; expected at most " + limits.entries() + " files and directories in a bundle",
                    "");
        }
        totalBytes += entry.size();
        if (totalBytes > limits.totalBytes()) {
            throw refuse(source, "is too much; expected at most " + limits.totalBytes() + " bytes in a bundle", "");
        }
        Member before = members.putIfAbsent(entry.path(), new Member(entry, source));
        if (before != null && !(before.entry().directory() && entry.directory())) {
            throw refuse(
                    source,
                    "goes to '" + EntryName.printable(entry.path()) + "' in the bundle, where " + before.source()
                            + " goes already",
                    "");
        }
    }

    private static UpdateFailure.Refused refuse(Path source, String problem, String advice) {
        return new UpdateFailure.Refused(RefusalCode.BUNDLE_INVALID, source + " " + problem, advice);
    }

    /** Returns what was added, in the order it is written. */
    public List<BundleEntry> entries() {
        return members.values().stream().map(Member::entry).toList();
    }

    /**
     * Opens what a file that was added will have in the bundle. It has as many bytes as its entry says, or fails.
     *
     * @throws IllegalArgumentException when no such file was added
     */
    public InputStream open(BundleEntry entry) throws IOException {
        Member member = members.get(entry.path());
        if (member == null || !member.entry().equals(entry) || entry.directory()) {
            throw new IllegalArgumentException("not a file that was added: " + entry);
        }
        return new ExactInputStream(Files.newInputStream(member.source(), LinkOption.NOFOLLOW_LINKS), entry.size());
    }

    /**
     * Writes the bundle in the format its name asks for. Atomic: the file appears or is replaced when it is complete,
     * and stays as it was on a failure. Not forced to disk.
     *
     * @throws UpdateFailure.Usage when the name ends in neither {@code .tar.gz}, {@code .tgz} nor {@code .zip}
     * @throws UpdateFailure.Disk when something cannot be read or written, or changed its size since it was added
     */
    public void write(Path archive) throws UpdateFailure {
        Optional<BundleFormat> format = BundleFormat.ofName(archive);
        if (format.isEmpty()) {
            throw new UpdateFailure.Usage(
                    "cannot tell the format of " + archive, "Its name must end in .tar.gz, .tgz or .zip");
        }
        Path part = archive.resolveSibling(archive.getFileName() + ".part");
        try {
            try (OutputStream file = new BufferedOutputStream(
                            Files.newOutputStream(
                                    part,
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.TRUNCATE_EXISTING,
                                    StandardOpenOption.WRITE,
                                    LinkOption.NOFOLLOW_LINKS),
                            1 << 16);
                    ArchiveWriter writer = open(format.get(), file)) {
                for (Member member : members.values()) {
                    write(writer, member);
                }
            }
            Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UpdateFailure.Disk("write the bundle", archive, e);
        } finally {
            deleteQuietly(part);
        }
    }

    private ArchiveWriter open(BundleFormat format, OutputStream out) throws IOException {
        return switch (format) {
            case TAR_GZ -> new TarGzWriter(out, modified, level);
            case ZIP -> new ZipWriter(out, modified);
        };
    }

    private static void write(ArchiveWriter writer, Member member) throws IOException, UpdateFailure.Disk {
        if (member.entry().directory()) {
            writer.add(member.entry(), InputStream.nullInputStream());
            return;
        }
        try (InputStream content = Files.newInputStream(member.source(), LinkOption.NOFOLLOW_LINKS)) {
            writer.add(
                    member.entry(), new ExactInputStream(content, member.entry().size()));
        } catch (ExactInputStream.SizeException e) {
            throw new UpdateFailure.Disk("pack", member.source(), e);
        }
    }

    private static void deleteQuietly(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // Left over from a failure that is being reported already, or moved away.
        }
    }
}
