package updater.transaction;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Path;
import updater.api.FileType;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.ForwardingDirectory;
import updater.fs.Space;

/** A disk on which names cannot get from some directories to others: EXDEV, as of another file system. */
record DividedDisk(Disk disk, Refused refused) implements Disk {
    /** What is refused, and whether it shows before it is tried. */
    enum Refused {
        /** As with quotas for projects: all is on one mount, and has one device number. */
        BETWEEN_DIRECTORIES,
        /** What lies deeper is another volume of the same mount. */
        INTO_LIB,
        /** What lies deeper is another mount. */
        INTO_MOUNT_AT_LIB;

        private boolean crosses(Path from, Path to) {
            return switch (this) {
                case BETWEEN_DIRECTORIES -> !from.equals(to);
                case INTO_LIB -> from.endsWith("lib") != to.endsWith("lib") || isHomes(from) != isHomes(to);
                case INTO_MOUNT_AT_LIB -> isMount(from) != isMount(to);
            };
        }

        private static boolean isHomes(Path path) {
            return path.endsWith("home/lib");
        }

        private static boolean isMount(Path path) {
            return isHomes(path) && !path.endsWith("rollback/home/lib");
        }
    }

    @Override
    public Directory open(Path absolute) throws IOException {
        return new Divided(disk.open(absolute), refused);
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk.space(path);
    }

    private static final class Divided extends ForwardingDirectory {
        private final Refused refused;

        Divided(Directory directory, Refused refused) {
            super(directory);
            this.refused = refused;
        }

        @Override
        public Directory child(String name) throws IOException {
            return new Divided(directory.child(name), refused);
        }

        @Override
        public boolean sameMount(Directory other) throws IOException {
            boolean apart = refused == Refused.INTO_MOUNT_AT_LIB && refused.crosses(display(), other.display());
            return !apart && directory.sameMount(below(other));
        }

        private void require(String name, Directory to) throws IOException {
            boolean isFile = lookup(name)
                    .filter(entry -> entry.type() != FileType.DIRECTORY)
                    .isPresent();
            if (isFile && refused.crosses(display(), to.display())) {
                throw new AtomicMoveNotSupportedException(name, to.display().toString(), "Invalid cross-device link");
            }
        }

        @Override
        public void rename(String name, Directory to, String newName) throws IOException {
            require(name, to);
            directory.rename(name, below(to), newName);
        }

        @Override
        public void link(String name, Directory to, String newName) throws IOException {
            require(name, to);
            directory.link(name, below(to), newName);
        }
    }
}
