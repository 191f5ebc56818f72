package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import updater.api.Os;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/** The launcher with a product's own names in it: it must find its runtime before it could read a descriptor. */
final class Launcher {

    private static final String INSTALL_DIRECTORY = "[INSTALLDIR]";

    private Launcher() {}

    /**
     * Writes a product's launcher.
     *
     * @throws UpdateFailure.Refused when a name cannot be put into a shell script
     */
    static void write(Path from, Product product, Path to) throws IOException, UpdateFailure.Refused {
        String text = Files.readString(from);
        text = assign(text, "product", product.name());
        text = assign(text, "state_directory", stateDirectory(product));
        Files.writeString(to, text);
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Only the end of a path can be relative to home, which the launcher knows only where it is run. */
    private static String stateDirectory(Product product) {
        String named =
                product.places().stateDirectory().getOrDefault(Os.LINUX, "/var/lib/" + product.name() + "-updater");
        return named.startsWith(INSTALL_DIRECTORY) ? named.substring(INSTALL_DIRECTORY.length()) : named;
    }

    private static String assign(String script, String variable, String value) throws UpdateFailure.Refused {
        if (value.contains("'") || value.contains("\n") || value.contains(INSTALL_DIRECTORY)) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "the launcher cannot be told its " + variable + ": " + value,
                    "Leave out quotes and line feeds, and use [INSTALLDIR] only at the beginning");
        }
        String start = "\n" + variable + "='";
        int from = script.indexOf(start);
        int to = from < 0 ? -1 : script.indexOf('\'', from + start.length());
        if (to < 0 || script.indexOf(start, to) >= 0) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "the launcher does not set " + variable + " once",
                    "Build the runtime again");
        }
        return script.substring(0, from + start.length()) + value + script.substring(to);
    }
}
