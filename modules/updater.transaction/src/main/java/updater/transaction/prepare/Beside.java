package updater.transaction.prepare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Directory;

/**
 * The name of what is placed beside a file of home.
 *
 * @param free whether a file can be placed there: nothing but a file of an earlier update has the name, and none of the bundle
 * @param there what has the name
 */
public record Beside(String name, boolean free, Optional<FileEntry> there) {
    /** What the operator's file is called that the vendor's has replaced. */
    static final String OPERATORS = ".orig";

    /** What the vendor's file is called that the operator's has outlived. */
    static final String VENDORS = ".new";

    /** What file systems allow, in bytes. */
    private static final int LONGEST = 255;

    /** Returns whether a path has the name of what is placed beside another one. */
    public static boolean isBeside(String path) {
        return path.endsWith(OPERATORS) || path.endsWith(VENDORS);
    }

    /** @param staged the directory of the bundle that is going to be {@code in} */
    static Beside of(String of, String suffix, Directory staged, Directory in) throws IOException {
        String name = of + suffix;
        if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            return new Beside(name, false, Optional.empty());
        }
        Optional<FileEntry> there = in.lookup(name);
        boolean replaceable = there.isEmpty()
                || (there.get().type() == FileType.REGULAR
                        && there.get().stat().links() == 1
                        && !in.traits(name).fixed());
        return new Beside(name, replaceable && staged.lookup(name).isEmpty(), there);
    }
}
