package updater.fs;

import java.io.IOException;
import java.util.Optional;

/** The names in one directory, sorted, one after another, in bounded memory. */
public final class SortedNames {
    private final Directory directory;
    private final PendingNames pending = new PendingNames();

    /** @param directory is not closed */
    public SortedNames(Directory directory) {
        this.directory = directory;
        pending.enter();
    }

    /**
     * Returns the next name; empty when there is none. A name that appears meanwhile may be missed.
     *
     * @throws UnusableNameException when a name cannot be held as a string without loss
     */
    public Optional<String> next() throws IOException {
        return pending.next(directory);
    }

    /** What is done with one name. */
    @FunctionalInterface
    public interface Action {
        void accept(String name) throws IOException;
    }

    /** Does something with each name. The names may be removed, and others added, meanwhile. */
    public static void forEach(Directory directory, Action action) throws IOException {
        SortedNames names = new SortedNames(directory);
        try {
            for (Optional<String> name = names.next(); name.isPresent(); name = names.next()) {
                action.accept(name.get());
            }
        } finally {
            names.pending.close();
        }
    }
}
