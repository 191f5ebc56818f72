package updater.fs.faulty;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.Stat;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.ForwardingDirectory;
import updater.fs.ForwardingPinned;
import updater.fs.Pinned;
import updater.fs.Space;

/**
 * A disk that has booted: inodes are what they were, and devices have other numbers.
 *
 * @param disk the disk before
 * @param by how much a number is greater than before
 */
public record RenumberedDisk(Disk disk, long by) implements Disk {
    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        return new Renumbered(disk.open(absoluteDirectory), by);
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk.space(path);
    }

    private static final class Renumbered extends ForwardingDirectory {
        private final long by;

        Renumbered(Directory directory, long by) {
            super(directory);
            this.by = by;
        }

        private FileEntry above(FileEntry entry) {
            return entry.withDevice(entry.stat().device() + by);
        }

        @Override
        public Optional<FileEntry> lookup(String name) throws IOException {
            return directory.lookup(name).map(this::above);
        }

        @Override
        public Stat self() throws IOException {
            Stat self = directory.self();
            return self.withDevice(self.device() + by);
        }

        @Override
        public Directory child(String name) throws IOException {
            return new Renumbered(directory.child(name), by);
        }

        @Override
        public Pinned createFile(String name) throws IOException {
            return new RenumberedFile(directory.createFile(name));
        }

        @Override
        public Pinned pin(String name) throws IOException {
            return new RenumberedFile(directory.pin(name));
        }

        @Override
        public Pinned pinKnown(String name, FileEntry known) throws IOException {
            return new RenumberedFile(
                    directory.pinKnown(name, known.withDevice(known.stat().device() - by)));
        }

        @Override
        public Pinned pinSelf() throws IOException {
            return new RenumberedFile(directory.pinSelf());
        }

        private final class RenumberedFile extends ForwardingPinned {
            RenumberedFile(Pinned pinned) {
                super(pinned);
            }

            @Override
            public FileEntry entry() {
                return above(pinned.entry());
            }
        }
    }
}
