package updater.transaction.context;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SortedNames;

/**
 * The journal of an update that could not be recovered because it was damaged, put aside in the state directory.
 *
 * <p>While it is there, home may hold files of two versions. An update that installs a whole version ends that.
 */
public record DamagedJournal(Disk disk, HomeLayout layout) {
    private static final String PREFIX = "journal.damaged-";

    /** Returns where the last one lies; empty when there is none. */
    public Optional<Path> find() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            List<String> names = names(state);
            return names.isEmpty()
                    ? Optional.empty()
                    : Optional.of(layout.state().resolve(names.getLast()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Returns the path that one gets which is put aside now. */
    public Path at(long epochSecond) {
        return layout.state().resolve(PREFIX + epochSecond);
    }

    /** Removes them. Durable and idempotent. */
    public void discard() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            List<String> names = names(state);
            for (String name : names) {
                state.delete(name);
            }
            if (!names.isEmpty()) {
                state.force();
            }
        }
    }

    /** Sorted by when they were put aside, for as long as seconds since 1970 have ten digits. */
    private static List<String> names(Directory state) throws IOException {
        List<String> names = new ArrayList<>();
        SortedNames.forEach(state, name -> {
            if (name.startsWith(PREFIX)) {
                names.add(name);
            }
        });
        return names;
    }
}
