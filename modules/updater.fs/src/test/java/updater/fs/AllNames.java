package updater.fs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The names of a directory that is known to be small. */
final class AllNames {
    private AllNames() {}

    static List<String> of(Directory directory) throws IOException {
        List<String> names = new ArrayList<>();
        SortedNames.forEach(directory, names::add);
        return names;
    }
}
