package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.RefusalCode;
import updater.fs.Directory;
import updater.fs.Traits;

/** The check that no flag of the file system keeps a file from being replaced once the agent is down. Changes nothing. */
final class FlagCheck {
    private FlagCheck() {}

    /** Returns whether files can be put into a directory, and taken out of it again, as far as the host tells. */
    static boolean writable(Directory directory) throws IOException {
        return directory.writable() && !directory.traits().fixed();
    }

    /**
     * Checks a directory.
     *
     * @throws Refusal when its names cannot be changed
     */
    static void requireChangeable(Directory directory) throws IOException {
        require(directory.traits(), directory.display());
    }

    /**
     * Checks a file that is going to be replaced, or renamed.
     *
     * @param shown its path, for people
     * @throws Refusal when it must stay
     */
    static void requireReplaceable(Directory in, String name, Path shown) throws IOException {
        require(in.traits(name), shown);
    }

    private static void require(Traits traits, Path shown) throws Refusal {
        if (traits.fixed()) {
            throw refusal(traits, shown);
        }
    }

    /** Returns the refusal to touch what has a flag. */
    static Refusal refusal(Traits traits, Path shown) {
        String flag = traits.immutable() ? "i" : "a";
        return new Refusal(
                RefusalCode.FILE_IMMUTABLE,
                shown + " cannot be changed: it has the flag '" + flag + "', as 'chattr +" + flag + "' sets it",
                "Run 'chattr -" + flag + " " + shown + "', update, and set it again");
    }
}
