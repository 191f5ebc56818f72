package updater.app.offer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import updater.api.FileEntry;
import updater.archive.ArchiveMembers;
import updater.archive.BundleEntry;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Disk;
import updater.fs.Pinned;
import updater.fs.SmallFile;
import updater.transaction.context.Progress;

/**
 * A tree that is made of an archive's members: every file and directory in it is a new one of this user's. Nobody else may
 * enter the directory it lies in.
 */
final class NewFiles implements ArchiveMembers.Visitor {
    private static final int IMPLICIT_MODE = 0755;
    private static final int OWNER = 0700;

    private final Disk disk;
    private final Directory root;
    private final int mask;
    private final Progress progress;
    private long written;
    private final Map<String, Integer> directories = new LinkedHashMap<>();

    /**
     * @param disk opens below {@code root}
     * @param root empty; closing it is the caller's
     * @param mask the mode bits that are taken over
     * @param progress is told how many bytes the files have by now
     */
    NewFiles(Disk disk, Directory root, int mask, Progress progress) {
        this.disk = disk;
        this.root = root;
        this.mask = mask;
        this.progress = progress;
    }

    @Override
    public void visit(BundleEntry entry, InputStream content) throws IOException {
        int slash = entry.path().lastIndexOf('/');
        if (slash >= 0) {
            requireDirectory(entry.path().substring(0, slash), IMPLICIT_MODE, false);
        }
        if (entry.directory()) {
            requireDirectory(entry.path(), entry.mode() & mask, true);
            return;
        }
        try (DirectoryChain opened = new DirectoryChain(disk);
                FileChannel file = parent(opened, entry.path()).create(name(entry.path()), entry.mode() & mask)) {
            byte[] buffer = new byte[1 << 16];
            for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                written += count;
                progress.bytesDone(written, 0);
            }
        }
    }

    /** Writes a small file of the updater's own into the tree. */
    void put(String path, byte[] content) throws IOException {
        int slash = path.lastIndexOf('/');
        if (slash >= 0) {
            requireDirectory(path.substring(0, slash), IMPLICIT_MODE, false);
        }
        try (DirectoryChain opened = new DirectoryChain(disk)) {
            SmallFile.replace(parent(opened, path), name(path), content, 0644);
        }
    }

    /** Gives directories the modes that they are to have; until then their owner may write in them. */
    void complete() throws IOException {
        try (DirectoryChain opened = new DirectoryChain(disk)) {
            for (Map.Entry<String, Integer> directory : directories.entrySet()) {
                try (Pinned pinned = parent(opened, directory.getKey()).pin(name(directory.getKey()))) {
                    pinned.chmod(directory.getValue());
                }
            }
        }
    }

    private void requireDirectory(String path, int mode, boolean own) throws IOException {
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
        try (DirectoryChain opened = new DirectoryChain(disk)) {
            parent(opened, path).createDirectory(name(path), mode | OWNER);
        }
        directories.put(path, mode);
    }

    /** Returns what the tree has at a path of one component; empty where there is nothing. */
    Optional<FileEntry> lookup(String name) throws IOException {
        return root.lookup(name);
    }

    private Directory parent(DirectoryChain opened, String path) throws IOException {
        int slash = path.lastIndexOf('/');
        return opened.directory(root.display(), slash < 0 ? "" : path.substring(0, slash));
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
