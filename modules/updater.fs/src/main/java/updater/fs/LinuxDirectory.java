package updater.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/**
 * A directory that is held by descriptor. {@code /proc/self/fd/N/name} is a path for the C library and NIO in which the
 * kernel jumps to the directory itself and only the last component is looked up, which none of the calls used follows.
 */
final class LinuxDirectory implements Directory {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** Characters from which on the middle of a path is not shown. */
    private static final int LONG = 1024;

    private final LinuxCalls calls;
    private final Path shown;

    /** Its name where its path is longer than what is shown of it, as it may be of any length; nothing else is held of it. */
    private final @Nullable String behindCut;

    private volatile Handle held;
    private volatile boolean closed;
    /** Which directory this is while it is parked. There may be ten thousand of them, so nothing else is held of it. */
    private long device;

    private long inode;

    private record Handle(int descriptor, Path path) {
        /** The handle of a directory that is parked. */
        static final Handle NONE = of(-1);

        static Handle of(int descriptor) {
            return new Handle(descriptor, Path.of(LinuxDisk.DESCRIPTORS + descriptor));
        }
    }

    LinuxDirectory(LinuxCalls calls, int descriptor, Path display) {
        this(calls, descriptor, display, null);
    }

    private LinuxDirectory(LinuxCalls calls, int descriptor, Path shown, @Nullable String behindCut) {
        this.calls = calls;
        this.held = Handle.of(descriptor);
        this.shown = shown;
        this.behindCut = behindCut;
    }

    @Override
    public Path display() {
        return behindCut == null ? shown : Names.display(shown.resolve("..."), behindCut);
    }

    @Override
    public void names(Consumer<String> each) throws IOException {
        new UsableNames(handle(), display()).forEach(each);
    }

    @Override
    public Listing list() throws IOException {
        return new UsableNames(handle(), display()).list();
    }

    @Override
    public Optional<FileChannel> unnamedFile() {
        return UnnamedFile.in(calls, opened());
    }

    @Override
    public boolean isEmpty() throws IOException {
        return new UsableNames(handle(), display()).none();
    }

    @Override
    public void renameUnusable() throws IOException {
        new UsableNames(handle(), display()).renameOthers();
    }

    @Override
    public Optional<FileEntry> lookup(String name) throws IOException {
        int directory = opened();
        Names.checked(name);
        try {
            while (true) {
                FileEntry entry = new FileEntry(name, new LinuxStat(calls).read(directory, name));
                if (entry.type() != FileType.SYMLINK) {
                    return Optional.of(entry);
                }
                Optional<FileEntry> link = LinuxPinned.withTarget(calls, entry, directory);
                if (link.isPresent()) {
                    return link;
                }
                // It was replaced by something else between the two calls: look again.
            }
        } catch (IOException e) {
            if (e instanceof SystemCallFailed failed && failed.number() == SystemCallFailed.ENOENT) {
                return Optional.empty();
            }
            throw Failures.naming(display(name), e);
        }
    }

    @Override
    public Stat self() throws IOException {
        return Failures.named(display(), () -> new LinuxStat(calls).readOpened(opened()));
    }

    @Override
    public Traits traits() throws IOException {
        return Failures.named(display(), () -> new LinuxStat(calls).traits(opened(), ""));
    }

    @Override
    public Traits traits(String name) throws IOException {
        return named(name, () -> new LinuxStat(calls).traits(opened(), Names.checked(name)));
    }

    @Override
    public Map<String, Bytes> attributes(String name) throws IOException {
        String path = text(name);
        return named(name, () -> new LinuxAttributes(calls).read(path, false));
    }

    @Override
    public Directory child(String name) throws IOException {
        return named(name, () -> below(name, calls.openDirectory(opened(), Names.checked(name))));
    }

    private LinuxDirectory below(String name, int child) {
        boolean isLong = behindCut != null || shown.toString().length() > LONG;
        return isLong ? new LinuxDirectory(calls, child, shown, name) : new LinuxDirectory(calls, child, display(name));
    }

    @Override
    public void park() throws IOException {
        if (!closed && !parked()) {
            Stat self = self();
            device = self.device();
            inode = self.inode();
            int descriptor = held.descriptor;
            held = Handle.NONE;
            calls.close(descriptor);
        }
    }

    @Override
    public void resume(Directory child) throws IOException {
        if (!parked()) {
            return;
        }
        int above = ((LinuxDirectory) child).openAbove();
        boolean same = false;
        try {
            Stat found = new LinuxStat(calls).readOpened(above);
            same = found.device() == device && found.inode() == inode;
        } finally {
            if (!same) {
                calls.close(above);
            }
        }
        if (!same) {
            throw new FileSystemException(child.display().toString(), null, "was moved to another directory meanwhile");
        }
        held = Handle.of(above);
    }

    private boolean parked() {
        return held.descriptor < 0;
    }

    private int openAbove() throws IOException {
        return Failures.named(display(), () -> calls.openDirectory(opened(), ".."));
    }

    @Override
    public void createDirectory(String name, int mode) throws IOException {
        Path path = path(name);
        named(name, () -> Files.createDirectory(path, OWNER_ONLY));
        try (Directory created = child(name);
                Pinned pinned = created.pinSelf()) {
            // The owner of this directory can have put another one in the new one's place. Then only the mode
            // of an empty one that was closed to others is changed, which opens nothing.
            if ((pinned.entry().mode() & 0077) != 0 || !created.isEmpty()) {
                throw new IOException(created.display() + ": was replaced while it was being created");
            }
            pinned.chmod(mode);
        }
    }

    @Override
    public void rename(String name, Directory to, String newName) throws IOException {
        LinuxDirectory target = (LinuxDirectory) to;
        try {
            calls.rename(opened(), Names.checked(name), target.opened(), Names.checked(newName));
        } catch (IOException e) {
            throw Failures.naming(display(name), target.display(newName), e);
        }
    }

    @Override
    public void link(String name, Directory to, String newName) throws IOException {
        LinuxDirectory target = (LinuxDirectory) to;
        try {
            calls.link(opened(), Names.checked(name), target.opened(), Names.checked(newName));
        } catch (IOException e) {
            throw Failures.naming(display(name), target.display(newName), e);
        }
    }

    // Not by NIO, whose paths drop a slash at the end and double ones.
    @Override
    public void symlink(String name, String target) throws IOException {
        Failures.naming(display(name), () -> calls.symlink(target, opened(), Names.checked(name)));
    }

    @Override
    public void delete(String name) throws IOException {
        Failures.naming(display(name), () -> calls.unlink(opened(), Names.checked(name)));
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        Failures.naming(display(name), () -> calls.rmdir(opened(), Names.checked(name)));
    }

    @Override
    public Pinned createFile(String name) throws IOException {
        return named(name, () -> pinned(calls.createForWriting(opened(), Names.checked(name), 0600), name, true));
    }

    /** Nothing about the file is going to be changed: whether it has other names does not matter. */
    @Override
    public FileChannel read(String name) throws IOException {
        try (Pinned file = named(name, () -> pinned(calls.openPath(opened(), Names.checked(name)), name, false))) {
            return file.read();
        }
    }

    @Override
    public Pinned pin(String name) throws IOException {
        return named(name, () -> {
            LinuxPinned pinned = pinned(calls.openPath(opened(), Names.checked(name)), name, false);
            try {
                pinned.proveSole(opened(), name);
                return pinned;
            } catch (IOException | RuntimeException | Error e) {
                pinned.close();
                throw e;
            }
        });
    }

    @Override
    public Pinned pinFile(String name) throws IOException {
        int file;
        try {
            file = calls.openFileForReading(opened(), Names.checked(name));
        } catch (SystemCallFailed e) {
            // What it is, or that the updater may not read it, is found out without opening it.
            return Directory.super.pinFile(name);
        }
        return named(name, () -> LinuxPinned.ofReadable(calls, file, display(name), name, this));
    }

    @Override
    public Pinned pinKnown(String name, FileEntry known) throws IOException {
        LinuxPinned pinned = named(name, () -> pinned(calls.openPath(opened(), Names.checked(name)), name, true));
        if (!pinned.entry().sameInode(known)) {
            pinned.close();
            throw new IOException(display(name) + ": is another file than expected");
        }
        return pinned;
    }

    @Override
    public Pinned pinSelf() throws IOException {
        return Failures.named(
                display(), () -> LinuxPinned.of(calls, calls.openFollowing(handle().toString()), display(), "", false));
    }

    private LinuxPinned pinned(int file, String name, boolean shared) throws IOException {
        return LinuxPinned.of(calls, file, display(name), name, shared);
    }

    @Override
    public void force() throws IOException {
        Failures.naming(display(), () -> {
            try (FileChannel channel = FileChannel.open(handle(), StandardOpenOption.READ)) {
                channel.force(true);
            }
        });
    }

    @Override
    public void syncFileSystem() throws IOException {
        Failures.naming(display(), () -> {
            int readable = calls.openForReading(handle().toString());
            try {
                calls.syncfs(readable);
            } finally {
                calls.close(readable);
            }
        });
    }

    @Override
    public boolean writable() {
        return Files.isWritable(handle());
    }

    // The kernel compares the two mounts before it looks for the name, and says EXDEV where they differ, even if both
    // show the same device; else it says that there is no such name. Within a mount, a subvolume of btrfs shows another
    // device, and lets no file be renamed into it.
    @Override
    public boolean sameMount(Directory other) throws IOException {
        LinuxDirectory there = (LinuxDirectory) other;
        if (self().device() != there.self().device()) {
            return false;
        }
        String absent = "absent-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
        try {
            calls.rename(opened(), absent, there.opened(), absent);
        } catch (IOException e) {
            int number = e instanceof SystemCallFailed failed ? failed.number() : 0;
            if (number == SystemCallFailed.ENOENT || number == SystemCallFailed.EXDEV) {
                return number == SystemCallFailed.ENOENT;
            }
            throw Failures.naming(display(), there.display(), e);
        }
        throw new IOException(display() + ": has the random name of a check, " + absent);
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            if (!parked()) {
                calls.close(held.descriptor);
            }
        }
    }

    @Override
    public String toString() {
        return display().toString();
    }

    private <T> T named(String name, Failures.Operation<T> operation) throws IOException {
        try {
            return operation.run();
        } catch (IOException e) {
            throw Failures.naming(display(name), e);
        }
    }

    int opened() {
        if (closed || parked()) {
            throw new IllegalStateException(display() + (closed ? " is closed" : " is parked"));
        }
        return held.descriptor;
    }

    private Path handle() {
        opened();
        return held.path;
    }

    private String text(String name) {
        return handle() + "/" + Names.checked(name);
    }

    private Path path(String name) throws IOException {
        try {
            return handle().resolve(Names.checked(name));
        } catch (InvalidPathException e) {
            throw new UnusableNameException(display(), Names.escaped(name));
        }
    }

    private Path display(String name) {
        return Names.display(display(), name);
    }
}
