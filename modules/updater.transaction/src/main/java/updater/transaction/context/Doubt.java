package updater.transaction.context;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import updater.api.FileType;
import updater.api.Stat;

/**
 * A reason not to believe a file or a tree: somebody else than root and the updater's user could have changed it.
 *
 * @param path what could be changed
 * @param reason by whom, to be said behind the path
 */
public record Doubt(Path path, String reason) {
    private static final int OTHERS_WRITE = 0022;

    /**
     * Returns who else could have changed a file, or the names in a directory; empty when nobody could. An access list
     * that lets others write shows in the permissions of the group.
     *
     * @param self the updater's user
     */
    public static Optional<Doubt> about(Path path, Stat stat, long self) {
        if (stat.uid() != 0 && stat.uid() != self) {
            return Optional.of(new Doubt(path, "belongs to user id " + stat.uid()));
        }
        if (stat.type() != FileType.SYMLINK && (stat.mode() & OTHERS_WRITE) != 0) {
            return Optional.of(
                    new Doubt(path, String.format(Locale.ROOT, "can be written by others (mode %04o)", stat.mode())));
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return path + " " + reason;
    }
}
