package updater.fs;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.service.HostFiles;

/** Write the files of service providers through a disk. */
public final class HostFilesOnDisk implements HostFiles {
    private static final int LARGEST = 1 << 20;
    private static final int DIRECTORY_MODE = 0755;

    private final Disk disk;
    private final Set<Path> made = new HashSet<>();

    public HostFilesOnDisk(Disk disk) {
        this.disk = disk;
    }

    @Override
    public Optional<byte[]> read(Path file) throws IOException {
        try (Directory parent = disk.open(parent(file))) {
            return SmallFile.read(parent, name(file), LARGEST);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void write(Path file, byte[] content, int mode) throws IOException {
        try (Directory parent = openOrMake(parent(file))) {
            FileEntry self = parent.self();
            SmallFile.replace(
                    parent,
                    name(file),
                    content,
                    new SmallFile.Ownership(self.uid(), self.gid(), mode, java.util.Map.of()));
        }
    }

    @Override
    public void link(Path link, String target) throws IOException {
        try (Directory parent = openOrMake(parent(link))) {
            String temporary = SmallFile.temporaryName(name(link));
            deleteIfThere(parent, temporary);
            parent.symlink(temporary, target);
            parent.rename(temporary, parent, name(link));
            parent.force();
        }
    }

    @Override
    public void delete(Path file) throws IOException {
        Path parentPath = parent(file);
        try (Directory parent = disk.open(parentPath)) {
            if (deleteIfThere(parent, name(file))) {
                parent.force();
            }
            if (made.contains(parentPath) && parent.names().isEmpty()) {
                removeMade(parentPath);
            }
        } catch (NoSuchFileException e) {
            // Without its directory the file is not there either.
        }
    }

    private void removeMade(Path directory) throws IOException {
        try (Directory above = disk.open(parent(directory))) {
            above.deleteDirectory(name(directory));
            above.force();
        }
        made.remove(directory);
    }

    private Directory openOrMake(Path directory) throws IOException {
        try {
            return disk.open(directory);
        } catch (NoSuchFileException e) {
            Path abovePath = directory.getParent();
            if (abovePath == null) {
                throw e;
            }
            try (Directory above = openOrMake(abovePath)) {
                make(above, directory);
                return above.child(name(directory));
            }
        }
    }

    private void make(Directory above, Path directory) throws IOException {
        try {
            above.createDirectory(name(directory), DIRECTORY_MODE);
            above.force();
            made.add(directory);
        } catch (FileAlreadyExistsException e) {
            if (above.look(name(directory))
                    .map(entry -> entry.type() != FileType.DIRECTORY)
                    .orElse(true)) {
                throw e;
            }
        }
    }

    private static boolean deleteIfThere(Directory directory, String name) throws IOException {
        try {
            directory.delete(name);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null || !file.isAbsolute()) {
            throw new IllegalArgumentException("not the absolute path of a file: " + file);
        }
        return parent;
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
