package updater.agent.install;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.archive.ArchiveMembers;
import updater.archive.BundleEntry;
import updater.archive.BundleLimits;
import updater.archive.TarGzReader;

/**
 * The unpacking of a bundle, whole or not at all: into a directory beside the one it is for, which it becomes by one rename.
 */
public final class Unpacking {
    /** Where a tree has the signed statement about its bundle. */
    private static final String STATEMENT = "release/statement";

    /** Where it has the list of signing keys. */
    private static final String KEY_LIST = "release/keys";

    private final Path unpacked;
    private final boolean posix;

    private Unpacking(Path unpacked, boolean posix) {
        this.unpacked = unpacked;
        this.posix = posix;
    }

    /**
     * Unpacks a bundle. What was in the directory is removed first; so is what a killed one left.
     *
     * @param statement the signed statement about the bundle, which is put into the tree
     * @throws InstallFailure when it holds what must not be unpacked, or cannot be written; nothing of it is left then
     */
    public static void unpack(Path bundle, Path directory, Optional<byte[]> statement) throws InstallFailure {
        Path next = directory.resolveSibling(directory.getFileName() + ".new");
        try {
            try {
                Trees.remove(next);
                Trees.remove(directory);
                Files.createDirectories(next);
                boolean posix = Files.getFileStore(next).supportsFileAttributeView("posix");
                try (InputStream in = Files.newInputStream(bundle)) {
                    TarGzReader.read(in, new ArchiveMembers(BundleLimits.DEFAULT, new Unpacking(next, posix)::visit));
                }
                if (statement.isPresent()) {
                    Files.createDirectories(next.resolve("release"));
                    Files.write(next.resolve(STATEMENT), statement.get(), StandardOpenOption.CREATE_NEW);
                }
                Files.move(next, directory, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException | UpdateFailure | RuntimeException e) {
                Trees.remove(next);
                throw e;
            }
        } catch (UpdateFailure.Refused e) {
            throw new InstallFailure(e.fullMessage(), e);
        } catch (IOException | UpdateFailure | RuntimeException e) {
            throw new InstallFailure("the bundle cannot be unpacked into " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Returns the list of signing keys that is in a bundle; empty when there is none. */
    public static Optional<byte[]> keyList(Path bundle, int most) throws InstallFailure {
        byte[][] found = new byte[1][];
        try (InputStream in = Files.newInputStream(bundle)) {
            TarGzReader.read(in, new ArchiveMembers(BundleLimits.DEFAULT, (entry, content) -> {
                if (entry.path().equals(KEY_LIST) && !entry.directory()) {
                    found[0] = content.readNBytes(most + 1);
                }
            }));
        } catch (IOException | UpdateFailure e) {
            throw new InstallFailure("the bundle cannot be read: " + e.getMessage(), e);
        }
        return Optional.ofNullable(found[0]);
    }

    private void visit(BundleEntry entry, InputStream content) throws IOException {
        Path path = unpacked.resolve(entry.path());
        if (entry.directory()) {
            Files.createDirectories(Trees.parent(path));
            try {
                Files.createDirectory(path, mode(entry.mode() | 0700));
            } catch (FileAlreadyExistsException e) {
                // A file in it came first.
            }
            return;
        }
        Files.createDirectories(Trees.parent(path));
        // The mode of the archive, less what the agent's umask takes away.
        Files.createFile(path, mode(entry.mode() | 0200));
        try (var out = Files.newOutputStream(path, StandardOpenOption.WRITE)) {
            content.transferTo(out);
        }
        if (posix && (entry.mode() & 0200) == 0) {
            Files.setPosixFilePermissions(path, Trees.permissions(entry.mode()));
        }
    }

    private FileAttribute<?>[] mode(int mode) {
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(Trees.permissions(mode))}
                : new FileAttribute<?>[0];
    }
}
