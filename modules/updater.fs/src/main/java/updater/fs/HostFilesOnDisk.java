package updater.fs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.service.HostFiles;

/** The files of service providers, written through a disk. */
public final class HostFilesOnDisk implements HostFiles {
    private static final int LARGEST = 1 << 20;
    private static final int DIRECTORY_MODE = 0755;
    private static final int APPENDED_MODE = 0640;

    private final Disk disk;
    private final Optional<Path> record;
    private final Set<String> made = new LinkedHashSet<>();

    /** Forgets with this object which directories were made. */
    public HostFilesOnDisk(Disk disk) {
        this.disk = disk;
        this.record = Optional.empty();
    }

    /**
     * Remembers which directories were made.
     *
     * @param record the absolute path of a file that outlives the process, in it stands which
     *     directories were made, so that {@link #delete} removes them even when another process made them
     */
    public HostFilesOnDisk(Disk disk, Path record) {
        this.disk = disk;
        this.record = Optional.of(record);
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
            SmallFile.overwrite(parent, name(file), content, mode);
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
            if (made().contains(parentPath.toString()) && parent.isEmpty()) {
                removeMade(parentPath);
            }
        } catch (NoSuchFileException e) {
            // Without its directory the file is not there either.
        }
    }

    @Override
    public Appended append(Path file) throws IOException {
        try (Directory parent = disk.open(parent(file))) {
            Pinned pinned = createOrPin(parent, name(file));
            FileEntry entry = pinned.entry();
            if (entry.type() != FileType.REGULAR || entry.stat().links() != 1) {
                pinned.close();
                throw new FileSystemException(
                        file.toString(), null, "is not a regular file with one name, and is not written to");
            }
            return new Held(pinned);
        }
    }

    private static Pinned createOrPin(Directory parent, String name) throws IOException {
        if (parent.lookup(name).isPresent()) {
            return parent.pin(name);
        }
        Pinned created = parent.createFile(name);
        try {
            created.chmod(APPENDED_MODE);
            return created;
        } catch (IOException e) {
            created.close();
            throw e;
        }
    }

    private record Held(Pinned pinned) implements Appended {
        @Override
        public Path path() throws IOException {
            return pinned.path();
        }

        @Override
        public void close() throws IOException {
            pinned.close();
        }
    }

    private void removeMade(Path directory) throws IOException {
        try (Directory above = disk.open(parent(directory))) {
            above.deleteDirectory(name(directory));
            above.force();
        } catch (DirectoryNotEmptyException e) {
            // Another program uses it now: it stays.
        }
        Set<String> others = made();
        others.remove(directory.toString());
        remember(others);
    }

    private Set<String> made() throws IOException {
        if (record.isEmpty()) {
            return made;
        }
        Path file = record.get();
        try (Directory parent = disk.open(parent(file))) {
            byte[] lines = SmallFile.read(parent, name(file), LARGEST).orElse(new byte[0]);
            return new LinkedHashSet<>(new String(lines, UTF_8).lines().toList());
        } catch (NoSuchFileException e) {
            // The directory of the record is itself one of those that are being made.
            return made;
        }
    }

    private void remember(Set<String> directories) throws IOException {
        if (record.isEmpty()) {
            return;
        }
        Path file = record.get();
        try (Directory parent = disk.open(parent(file))) {
            if (directories.isEmpty()) {
                deleteIfThere(parent, name(file));
            } else {
                String lines = String.join("\n", directories) + "\n";
                SmallFile.overwrite(parent, name(file), lines.getBytes(UTF_8), 0600);
            }
        } catch (NoSuchFileException e) {
            made.addAll(directories);
        }
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

    // Remembered first: a directory that is remembered and was not made is removed only when it is empty
    // and the last file that this wrote into it goes.
    private void make(Directory above, Path directory) throws IOException {
        if (above.lookup(name(directory)).isPresent()) {
            return;
        }
        Set<String> all = made();
        all.add(directory.toString());
        remember(all);
        above.createDirectory(name(directory), DIRECTORY_MODE);
        above.force();
    }

    /** Looks first: where nothing can be written, even the deletion of what is not there fails. */
    private static boolean deleteIfThere(Directory directory, String name) throws IOException {
        if (directory.lookup(name).isEmpty()) {
            return false;
        }
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
