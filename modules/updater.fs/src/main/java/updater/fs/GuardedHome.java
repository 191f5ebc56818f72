package updater.fs;

import java.io.IOException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * A disk that opens directories below home, which may belong to another user, component by component and follows no
 * link there.
 */
public final class GuardedHome implements Disk {
    private final Disk disk;
    private final Path home;

    /** @param home absolute; itself opened as the operator named it, links included */
    public GuardedHome(Disk disk, Path home) {
        this.disk = disk;
        this.home = home;
    }

    /** @throws NotDirectoryException when something on the way below home is a link or no directory */
    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        if (!absoluteDirectory.startsWith(home) || absoluteDirectory.equals(home)) {
            return disk.open(absoluteDirectory);
        }
        Directory reached = disk.open(home);
        for (Path component : home.relativize(absoluteDirectory)) {
            try (Directory above = reached) {
                reached = above.child(component.toString());
            }
        }
        return reached;
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk.space(path);
    }
}
