package updater.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A disk that is looked for when it is first used. Preparing native calls takes longer than everything else a
 * {@code --version} does, which needs none.
 */
final class DiskOnDemand implements Disk {
    private final Supplier<Disk> finder;
    private Optional<Disk> found = Optional.empty();

    DiskOnDemand(Supplier<Disk> finder) {
        this.finder = finder;
    }

    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        return disk().open(absoluteDirectory);
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk().space(path);
    }

    private synchronized Disk disk() {
        Disk disk = found.orElseGet(finder);
        found = Optional.of(disk);
        return disk;
    }
}
