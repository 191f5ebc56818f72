package updater.packaging;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.bundle.BundleEntry;

/** The command line of {@code tools/bundle}. */
public final class BuildBundle {

    private static final String USAGE = """
            usage: bundle [--product FILE] [--runtime DIRECTORY] [--mtime SECONDS] BUNDLE AGENT-DIRECTORY

            Writes BUNDLE (.tar.gz, .tgz or .zip), an update tarball, from the files of one version of an agent.

            AGENT-DIRECTORY  what the bundle holds of the agent: its files as they shall lie in its home, and in
                             install/ its service definitions. Regular files and directories only.
            --product FILE   the product's descriptor; without one the bundle is for the built-in product,
                             observiq-otel-collector
            --runtime DIR    where the launcher 'updater' and 'updater-runtime/' are (default: what the build made)
            --mtime SECONDS  modification time of all members, seconds since 1970 (default: 1980-01-01)

            exit: 0 done, 1 refused or failed, 2 usage
            """;

    private BuildBundle() {}

    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(List.of(arguments), out, err));
    }

    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help")) {
            out.print(USAGE);
            return 0;
        }
        Map<String, String> options = new HashMap<>();
        List<String> operands = new ArrayList<>();
        Deque<String> rest = new ArrayDeque<>(arguments);
        while (!rest.isEmpty()) {
            String word = rest.pop();
            if (!word.startsWith("--")) {
                operands.add(word);
            } else if (List.of("--product", "--runtime", "--mtime").contains(word) && !rest.isEmpty()) {
                options.put(word, rest.pop());
            } else {
                operands.clear();
                break;
            }
        }
        String modified =
                options.getOrDefault("--mtime", Long.toString(UpdateBundle.DEFAULT_MODIFIED.getEpochSecond()));
        if (operands.size() != 2 || !options.containsKey("--runtime") || !modified.matches("[0-9]{1,10}")) {
            err.print(USAGE);
            return 2;
        }
        Path bundle = Path.of(operands.get(0));
        try {
            List<BundleEntry> entries = new UpdateBundle(
                            Path.of(operands.get(1)),
                            Path.of(options.get("--runtime")),
                            Optional.ofNullable(options.get("--product")).map(Path::of),
                            Instant.ofEpochSecond(Long.parseLong(modified)))
                    .write(bundle);
            out.println(summary(bundle, entries));
            return 0;
        } catch (UpdateFailure.Usage e) {
            err.println(e.fullMessage());
            return 2;
        } catch (UpdateFailure e) {
            err.println(e.fullMessage());
            return 1;
        } catch (IOException e) {
            err.println("cannot read or write: " + e);
            return 1;
        }
    }

    private static String summary(Path bundle, List<BundleEntry> entries) throws IOException {
        long files = entries.stream().filter(entry -> !entry.directory()).count();
        return String.format(
                Locale.ROOT, "%s: %d files, %.1f MiB", bundle, files, Files.size(bundle) / (1024.0 * 1024.0));
    }
}
