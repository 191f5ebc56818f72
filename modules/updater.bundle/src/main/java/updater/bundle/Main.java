package updater.bundle;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Builds, lists and unpacks bundles on a command line: {@code java -m updater.bundle/updater.bundle.Main --help}. */
public final class Main {
    private Main() {}

    /** Ends with 0, with 1 when the bundle was refused or the disk failed, with 2 when the command line is wrong. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(new BundleTool(out, err).run(List.of(arguments)));
    }
}
