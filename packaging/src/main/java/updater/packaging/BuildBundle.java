package updater.packaging;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import updater.api.UpdateFailure;
import updater.bundle.BundleEntry;
import updater.jlink.Options;

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
        Optional<Options> options = Options.parse(arguments, Set.of("--product", "--runtime", "--mtime"))
                .filter(parsed -> parsed.operands().size() == 2)
                .filter(parsed -> parsed.value("--runtime").isPresent())
                .filter(parsed -> parsed.value("--mtime").orElse("0").matches("[0-9]{1,10}"));
        if (options.isEmpty()) {
            err.print(USAGE);
            return 2;
        }
        return build(options.get(), out, err);
    }

    private static int build(Options options, PrintStream out, PrintStream err) {
        Path bundle = Path.of(options.operands().getFirst());
        try {
            List<BundleEntry> entries = new UpdateBundle(
                            Path.of(options.operands().getLast()),
                            Path.of(options.value("--runtime").orElseThrow()),
                            options.value("--product").map(Path::of),
                            options.value("--mtime")
                                    .map(seconds -> Instant.ofEpochSecond(Long.parseLong(seconds)))
                                    .orElse(UpdateBundle.DEFAULT_MODIFIED))
                    .write(bundle);
            out.println(summary(bundle, entries));
            return 0;
        } catch (UpdateFailure e) {
            err.println(e.fullMessage());
            return e instanceof UpdateFailure.Usage ? 2 : 1;
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
