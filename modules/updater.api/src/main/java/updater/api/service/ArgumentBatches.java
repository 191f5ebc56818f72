package updater.api.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Paths that are the arguments of a command, as many at once as a system takes. */
public final class ArgumentBatches {
    private ArgumentBatches() {}

    /**
     * Returns the paths as texts, in their order.
     *
     * @param bytes how much the arguments of one command may take
     */
    public static List<List<String>> of(List<Path> paths, int bytes) {
        List<List<String>> batches = new ArrayList<>();
        int left = 0;
        for (Path path : paths) {
            // Three bytes are the most a character of a path takes, and a pointer stands beside each argument.
            int size = path.toString().length() * 3 + 9;
            if (batches.isEmpty() || size > left) {
                batches.add(new ArrayList<>());
                left = bytes;
            }
            batches.get(batches.size() - 1).add(path.toString());
            left -= size;
        }
        return batches;
    }
}
