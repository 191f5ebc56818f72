package updater.transaction.apply;

import java.io.IOException;
import updater.fs.Directory;

/** A taker of what an undo is about to replace or remove. */
@FunctionalInterface
public interface DisplacedFiles {
    /** Called while the file is still there. May move it away. */
    void beforeReplacing(Directory parent, String name, String path) throws IOException;

    /** Returns one that takes nothing. */
    static DisplacedFiles nothing() {
        return (parent, name, path) -> {};
    }
}
