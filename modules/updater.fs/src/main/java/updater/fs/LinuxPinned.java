package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/**
 * An inode that is held by descriptor; following {@code /proc/self/fd/N} reaches exactly that inode, even a link
 * itself.
 */
final class LinuxPinned implements Pinned {
    private static final int NONE = -1;
    private static final int SOLE_LOOKS = 8;

    private final LinuxCalls calls;
    private final LinuxStat stat;
    private final int descriptor;
    private final String handle;
    private final Path display;
    private final FileEntry entry;
    private final boolean shared;

    /** Whether the descriptor is one for reading. */
    private final boolean forReading;

    private int readable = NONE;
    private boolean closed;
    private boolean sole = true;

    /** Where its being the only name of the file is still to be proven, before anything is changed. */
    private @Nullable LinuxDirectory unproven;

    /** What it was just now, to be used once. */
    private @Nullable Stat justNow;

    /** Whether owner or mode may be others than when it was pinned. */
    private boolean metadataChanged;

    private LinuxPinned(
            LinuxCalls calls, int descriptor, Path display, FileEntry entry, boolean shared, boolean forReading) {
        this.calls = calls;
        this.stat = new LinuxStat(calls);
        this.descriptor = descriptor;
        this.handle = LinuxDisk.DESCRIPTORS + descriptor;
        this.display = display;
        this.entry = entry;
        this.shared = shared;
        this.forReading = forReading;
    }

    /** Takes over a descriptor, which is closed when this fails. */
    static LinuxPinned of(LinuxCalls calls, int descriptor, Path display, String name, boolean shared)
            throws IOException {
        try {
            FileEntry found = new FileEntry(name, new LinuxStat(calls).readOpened(descriptor));
            if (found.type() == FileType.SYMLINK) {
                found = found.withLinkTarget(calls.target(calls.readlink(descriptor, "")));
            }
            return new LinuxPinned(calls, descriptor, display, found, shared, false);
        } catch (IOException | RuntimeException | Error e) {
            calls.close(descriptor);
            throw e;
        }
    }

    /**
     * Takes over a descriptor of a file that is open for reading, which is closed when this fails. That its name in
     * {@code directory} is its only one is proven when it is changed.
     */
    static LinuxPinned ofReadable(LinuxCalls calls, int descriptor, Path display, String name, LinuxDirectory directory)
            throws IOException {
        try {
            FileEntry found = new FileEntry(name, new LinuxStat(calls).readOpened(descriptor));
            requireRegular(found, display);
            LinuxPinned pinned = new LinuxPinned(calls, descriptor, display, found, false, true);
            pinned.unproven = directory;
            pinned.sole = false;
            return pinned;
        } catch (IOException | RuntimeException | Error e) {
            calls.close(descriptor);
            throw e;
        }
    }

    /** Returns the entry of a link with what it holds now; empty when the path has become something else. */
    static Optional<FileEntry> withTarget(LinuxCalls calls, FileEntry link, int opened) throws IOException {
        try {
            return Optional.of(link.withLinkTarget(calls.target(calls.readlink(opened, link.path()))));
        } catch (SystemCallFailed e) {
            if (e.number() == SystemCallFailed.EINVAL) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public FileEntry entry() {
        return entry;
    }

    @Override
    public Path display() {
        return display;
    }

    @Override
    public Path path() {
        return Path.of(handle());
    }

    @Override
    public FileChannel read() throws IOException {
        requireRegular(entry, display);
        return Failures.named(display, this::openForReading);
    }

    @Override
    public FileChannel write() throws IOException {
        requireRegular(entry, display);
        return Failures.named(display, this::openForWriting);
    }

    @Override
    public void readStart(ByteBuffer into) throws IOException {
        if (!forReading || !into.isDirect()) {
            Pinned.super.readStart(into);
            return;
        }
        Failures.naming(display, () -> {
            long position = 0;
            int read = NONE;
            while (into.hasRemaining() && read != 0) {
                read = calls.read(opened(), position, into);
                into.position(into.position() + read);
                position += read;
            }
        });
    }

    /** NIO would wait for the holder of a lease. It finds none while the file is open already. */
    private FileChannel openForReading() throws IOException {
        readable();
        try {
            return FileChannel.open(Path.of(handle()), StandardOpenOption.READ);
        } catch (FileSystemException e) {
            // NIO tells no number: one that has lost its name fails here too, with it.
            stat.readOpened(opened());
            throw e;
        }
    }

    /** As {@link #openForReading}. Nobody can have a lease on a file that this process has created and still holds. */
    private FileChannel openForWriting() throws IOException {
        if (shared) {
            return FileChannel.open(Path.of(handle()), StandardOpenOption.WRITE);
        }
        int writable = calls.leases()
                .openForWriting(calls, handle(), display, entry.stat().uid());
        try {
            return FileChannel.open(Path.of(handle()), StandardOpenOption.WRITE);
        } finally {
            calls.close(writable);
        }
    }

    private int readable() throws IOException {
        if (readable == NONE) {
            readable = forReading
                    ? opened()
                    : calls.leases().open(calls, handle(), display, entry.stat().uid());
        }
        return readable;
    }

    @Override
    public Extent data(long position) throws IOException {
        return Failures.named(display, () -> {
            int descriptor = readable();
            try {
                long start = calls.seekData(descriptor, position);
                return new Extent(start, calls.seekHole(descriptor, start));
            } catch (SystemCallFailed e) {
                long end = Math.max(position, stat.readOpened(opened()).size());
                // Where a file system cannot tell, all is data: what cannot be read fails by itself.
                return new Extent(e.number() == SystemCallFailed.ENXIO ? end : position, end);
            }
        });
    }

    @Override
    public void own(long uid, long gid) throws IOException {
        requireSole();
        Failures.naming(display, () -> {
            Stat now = justNow == null ? stat.readOpened(opened()) : justNow;
            justNow = null;
            if (now.uid() != uid || now.gid() != gid) {
                // It takes the set-ID bits away, and until now its owner could change the mode.
                metadataChanged = true;
                calls.chown(handle(), uid, gid);
            }
        });
    }

    @Override
    public void chmod(int mode) throws IOException {
        requireSole();
        if (entry.type() != FileType.SYMLINK && (metadataChanged || entry.mode() != mode)) {
            metadataChanged = true;
            Failures.naming(display, () -> calls.chmod(handle(), mode));
        }
    }

    @Override
    public void touch(Instant modified) throws IOException {
        requireSole();
        Failures.naming(display, () -> calls.touch(handle(), modified.getEpochSecond(), modified.getNano()));
    }

    @Override
    public Map<String, Bytes> attributes() throws IOException {
        return Failures.named(display, () -> {
            LinuxAttributes attributes = new LinuxAttributes(calls);
            return forReading ? attributes.read(opened(), handle()) : attributes.read(handle(), true);
        });
    }

    @Override
    public void setAttributes(Map<String, Bytes> exactly) throws IOException {
        requireSole();
        Failures.naming(display, () -> {
            // An ACL among them is part of the mode. It may also fail in the middle.
            boolean before = metadataChanged;
            metadataChanged = true;
            metadataChanged = new LinuxAttributes(calls).write(handle(), attributes(), exactly) || before;
        });
    }

    /**
     * Finds out whether the name it was opened by is the file's only one. One link is not enough: the directory's owner
     * may have linked another owner's file into it and removed that name again since, so that the one that is left is
     * elsewhere. But when the name still leads to the inode, between two looks that show one link and no change of the
     * inode, which every link and unlink makes, then that one link is this name. Kernels before 6.13 stamp changes with
     * the resolution of their tick, 10 ms at most.
     */
    void proveSole(int directory, String name) throws IOException {
        if (entry.type() != FileType.REGULAR) {
            return;
        }
        sole = false;
        // A process that writes to the file changes its inode, too: it gets a few chances to pause.
        for (int look = 0; look < SOLE_LOOKS && !sole; look++) {
            Stat before = look == 0 ? entry.stat() : stat.readOpened(opened());
            if (before.links() != 1) {
                return;
            }
            try {
                Stat named = stat.read(directory, name);
                Stat after = stat.readOpened(opened());
                sole = named.sameInode(before)
                        && named.links() == 1
                        && after.links() == 1
                        && after.changed().equals(before.changed());
                justNow = after;
            } catch (SystemCallFailed e) {
                if (e.number() != SystemCallFailed.ENOENT) {
                    throw e;
                }
                return;
            }
        }
    }

    private void requireSole() throws IOException {
        if (unproven != null) {
            LinuxDirectory directory = unproven;
            unproven = null;
            Failures.naming(display, () -> proveSole(directory.opened(), entry.path()));
        }
        if (!shared
                && entry.type() == FileType.REGULAR
                && (!sole || entry.stat().links() > 1)) {
            throw new SharedFileException(display, entry.stat().links());
        }
    }

    private static void requireRegular(FileEntry found, Path display) throws IOException {
        if (found.type() != FileType.REGULAR) {
            throw new IOException(display + ": expected a regular file, found " + found.type());
        }
    }

    @Override
    public Writers writers() throws IOException {
        return Failures.named(display, () -> {
            if (readable == NONE) {
                readable = forReading ? opened() : calls.openForReading(handle());
            }
            return calls.writers(readable);
        });
    }

    @Override
    public void force() throws IOException {
        if (entry.type() == FileType.REGULAR || entry.type() == FileType.DIRECTORY) {
            Failures.naming(display, () -> {
                try (FileChannel channel = openForReading()) {
                    channel.force(true);
                }
            });
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            if (readable != NONE && readable != descriptor) {
                calls.close(readable);
            }
            calls.close(descriptor);
        }
    }

    @Override
    public String toString() {
        return display.toString();
    }

    private int opened() {
        if (closed) {
            throw new IllegalStateException(display + " is closed");
        }
        return descriptor;
    }

    private String handle() {
        opened();
        return handle;
    }
}
