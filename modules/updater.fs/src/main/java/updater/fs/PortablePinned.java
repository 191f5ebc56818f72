package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/** A file that is known by its path; before each use it is checked to be still the one it was. */
final class PortablePinned implements Pinned {
    private final Path path;
    private final FileEntry entry;
    private final boolean shared;

    PortablePinned(Path path, String name, boolean shared) throws IOException {
        this.path = path;
        this.entry = PortableStat.entry(path, name);
        this.shared = shared;
    }

    @Override
    public FileEntry entry() {
        return entry;
    }

    @Override
    public Path display() {
        return path;
    }

    @Override
    public Path path() throws IOException {
        requireSame();
        return path;
    }

    @Override
    public FileChannel read() throws IOException {
        return open(StandardOpenOption.READ);
    }

    @Override
    public FileChannel write() throws IOException {
        return open(StandardOpenOption.WRITE);
    }

    private FileChannel open(StandardOpenOption option) throws IOException {
        if (entry.type() != FileType.REGULAR) {
            throw new IOException(path + ": expected a regular file, found " + entry.type());
        }
        requireSame();
        return FileChannel.open(path, Set.of(option, LinkOption.NOFOLLOW_LINKS));
    }

    // NIO does not tell where the holes are.
    @Override
    public Extent data(long position) throws IOException {
        long end = Math.max(position, PortableStat.read(path).size());
        return new Extent(position, end);
    }

    @Override
    public void own(long uid, long gid) throws IOException {
        requireSole();
        if (supports("unix") && (entry.stat().uid() != uid || entry.stat().gid() != gid)) {
            Files.setAttribute(path, "unix:uid", Math.toIntExact(uid), LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", Math.toIntExact(gid), LinkOption.NOFOLLOW_LINKS);
        }
    }

    @Override
    public void chmod(int mode) throws IOException {
        requireSole();
        if (entry.type() == FileType.SYMLINK) {
            return;
        }
        if (supports("unix")) {
            Files.setAttribute(path, "unix:mode", mode);
        } else if (supports("posix")) {
            view(PosixFileAttributeView.class).setPermissions(PortableStat.permissions(mode));
        }
    }

    @Override
    public void touch(Instant modified) throws IOException {
        requireSole();
        view(BasicFileAttributeView.class).setTimes(FileTime.from(modified), null, null);
    }

    @Override
    public Writers writers() {
        return Writers.NONE;
    }

    @Override
    public Map<String, Bytes> attributes() throws IOException {
        requireSame();
        Map<String, Bytes> found = new LinkedHashMap<>();
        UserDefinedFileAttributeView view = userDefined();
        if (view != null) {
            for (String name : view.list()) {
                ByteBuffer value = ByteBuffer.allocate(view.size(name));
                view.read(name, value);
                found.put("user." + name, Bytes.of(value.array()));
            }
        }
        return found;
    }

    @Override
    public void setAttributes(Map<String, Bytes> exactly) throws IOException {
        requireSole();
        Map<String, Bytes> present = attributes();
        UserDefinedFileAttributeView view = userDefined();
        if (view == null) {
            return;
        }
        for (String name : present.keySet()) {
            if (!exactly.containsKey(name)) {
                view.delete(name.substring("user.".length()));
            }
        }
        for (Map.Entry<String, Bytes> wanted : exactly.entrySet()) {
            if (wanted.getKey().startsWith("user.")
                    && !Objects.equals(present.get(wanted.getKey()), wanted.getValue())) {
                view.write(
                        wanted.getKey().substring("user.".length()),
                        ByteBuffer.wrap(wanted.getValue().toArray()));
            }
        }
    }

    private @Nullable UserDefinedFileAttributeView userDefined() {
        return entry.type() == FileType.SYMLINK
                ? null
                : Files.getFileAttributeView(path, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    private <V extends BasicFileAttributeView> V view(Class<V> type) throws IOException {
        V view = Files.getFileAttributeView(path, type, LinkOption.NOFOLLOW_LINKS);
        if (view == null) {
            throw new IOException(path + ": the file system has no " + type.getSimpleName());
        }
        return view;
    }

    private boolean supports(String view) {
        return path.getFileSystem().supportedFileAttributeViews().contains(view);
    }

    private void requireSole() throws IOException {
        requireSame();
        if (!shared && entry.type() == FileType.REGULAR && entry.stat().links() > 1) {
            throw new SharedFileException(path, entry.stat().links());
        }
    }

    private void requireSame() throws IOException {
        Stat now = PortableStat.read(path);
        if (now.type() != entry.type() || !now.sameInode(entry.stat())) {
            throw new IOException(path + ": was replaced while it was being used");
        }
    }

    @Override
    public void force() throws IOException {
        if (entry.type() == FileType.REGULAR) {
            try (FileChannel channel = write()) {
                channel.force(true);
            } catch (IOException e) {
                throw Failures.naming(path, e);
            }
        }
    }

    @Override
    public void close() {
        // Nothing is held open.
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
