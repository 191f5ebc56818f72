package updater.transaction.prepare;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import updater.api.Stat;
import updater.fs.Directory;

/** The directories behind links that the bundle has something for, each with all paths in home that lead to it. */
final class LinkedPaths {
    private final Map<Identity, Set<String>> paths = new HashMap<>();

    private record Identity(long device, long inode) {
        static Identity of(Directory directory) throws IOException {
            Stat self = directory.self();
            return new Identity(self.device(), self.inode());
        }
    }

    void add(Level level) throws IOException {
        if (level.behindLink() && level.directory().isPresent()) {
            paths.computeIfAbsent(Identity.of(level.directory().get()), any -> new HashSet<>())
                    .add(level.path());
        }
    }

    /** Returns whether the bundle has something for the directory by another path than this one. */
    boolean hasAnother(Directory directory, String path) throws IOException {
        return paths.getOrDefault(Identity.of(directory), Set.of()).stream().anyMatch(other -> !other.equals(path));
    }
}
