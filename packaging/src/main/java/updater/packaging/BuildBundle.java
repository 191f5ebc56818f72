package updater.packaging;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;
import updater.jlink.Options;
import updater.release.BelievedRelease;
import updater.release.ReleaseRefused;
import updater.state.document.ProductJson;

/** The command line of {@code tools/bundle}. */
public final class BuildBundle {

    private static final String USAGE = """
            usage: bundle --product FILE [--runtime DIRECTORY] [--mtime SECONDS] [--level NUMBER]
                          [--without-definition NAMES] [STATEMENT] BUNDLE AGENT-DIRECTORY
                   bundle --check BUNDLE --product FILE [--now TIME]

            Writes BUNDLE (.tar.gz, .tgz or .zip), an update tarball, from the files of one version of an agent.

            AGENT-DIRECTORY  what the bundle holds of the agent: its files as they shall lie in its home, and in
                             install/ its service definitions. Regular files and directories only.
            --product FILE   the product's descriptor (docs/product.md); 'built-in' for the one that the updater
                             has built in, BindPlane's observiq-otel-collector
            --runtime DIR    where the launcher 'updater' and 'updater-runtime/' are (default: what the build made)
            --mtime SECONDS  modification time of all members, seconds since 1970 (default: 1980-01-01)
            --level NUMBER   of compression of a tarball, 0 (none: it will be compressed with what it is put into),
                             1 (half the time, a tenth larger) to 9 (default: 6)
            --without-definition NAMES
                             service managers, separated by commas, for which the bundle brings no definition

            STATEMENT: with these the bundle gets a list of its files and a key list, and BUNDLE.release.unsigned is
            written, to be signed as BUNDLE.release (docs/signing.md).
            --version VERSION  of the agent
            --counter NUMBER   of this release; each release has a higher one
            --keys FILE        the signed key list
            --expires TIME     when it may not be offered any more, such as 2027-05-28T00:00:00Z
            --created TIME     (default: now)
            --floor NUMBER     releases with a lower counter must not be installed any more (default: 0)
            --platform NAME    (default: what the runtime is for, such as linux-amd64-glibc)

            --check BUNDLE     reads BUNDLE and BUNDLE.release as a host does that has seen no release yet
            --now TIME         of that host (default: now)

            exit: 0 done, 1 refused or failed, 2 usage
            """;

    /** What the value of {@code --product} is where the updater shall go by no descriptor of the bundle. */
    private static final String BUILT_IN = "built-in";

    private static final String NO_PRODUCT = """
            bundle: there is no --product FILE, so it is not known whose agent this is
            Describe your product in a JSON file, ten lines are enough (docs/product.md begins with them), and name it.
            For BindPlane's agent, whose description the updater has built in, say --product built-in""";

    private static final String NUMBER = "[0-9]{1,15}";
    private static final Set<String> CHECK_OPTIONS = Set.of("--check", "--product", "--runtime", "--now");
    private static final Set<String> STATEMENT_OPTIONS =
            Set.of("--version", "--counter", "--floor", "--platform", "--created", "--expires", "--keys");
    private static final Set<String> OPTIONS = Stream.of(
                    CHECK_OPTIONS, STATEMENT_OPTIONS, Set.of("--mtime", "--level", "--without-definition"))
            .flatMap(Set::stream)
            .collect(Collectors.toSet());

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
        Optional<Options> parsed = Options.parse(arguments, OPTIONS);
        if (parsed.isEmpty() || !isComplete(parsed.get())) {
            err.print(USAGE);
            return 2;
        }
        Options options = parsed.get();
        if (options.value("--product").isEmpty()) {
            err.println(NO_PRODUCT);
            return 2;
        }
        try {
            out.println(options.value("--check").isPresent() ? check(options) : build(options, err));
            return 0;
        } catch (UpdateFailure e) {
            err.println(e.fullMessage());
            return e instanceof UpdateFailure.Usage ? 2 : 1;
        } catch (ReleaseRefused e) {
            err.println(e.getMessage());
            return 1;
        } catch (DateTimeException e) {
            err.println("expected a time such as 2027-05-28T00:00:00Z: " + e.getMessage());
            return 2;
        } catch (IOException e) {
            err.println("cannot read or write: " + e);
            return 1;
        }
    }

    private static boolean isComplete(Options options) {
        if (options.value("--check").isPresent()) {
            return options.operands().isEmpty()
                    && CHECK_OPTIONS.containsAll(options.values().keySet());
        }
        boolean stated = options.values().keySet().stream().anyMatch(STATEMENT_OPTIONS::contains);
        return options.operands().size() == 2
                && options.value("--runtime").isPresent()
                && options.value("--now").isEmpty()
                && options.value("--mtime").orElse("0").matches("[0-9]{1,10}")
                && options.value("--level").orElse("1").matches("[0-9]")
                && Stream.of("--counter", "--floor")
                        .allMatch(name -> options.value(name).orElse("0").matches(NUMBER))
                && (!stated
                        || Stream.of("--version", "--counter", "--keys", "--expires")
                                .allMatch(name -> options.value(name).isPresent()));
    }

    private static String build(Options options, PrintStream err) throws UpdateFailure, IOException {
        Path bundle = Path.of(options.operands().getFirst());
        Path runtime = Path.of(options.value("--runtime").orElseThrow());
        Optional<Path> product = options.value("--product")
                .filter(file -> !file.equals(BUILT_IN))
                .map(Path::of);
        requireContent(options, runtime, product).forEach(note -> err.println("bundle: note: " + note));
        Optional<BundleRelease> release =
                options.value("--version").isPresent() ? Optional.of(release(options, runtime)) : Optional.empty();
        List<BundleEntry> entries = new UpdateBundle(
                        Path.of(options.operands().getLast()),
                        runtime,
                        product,
                        options.value("--mtime")
                                .map(seconds -> Instant.ofEpochSecond(Long.parseLong(seconds)))
                                .orElse(UpdateBundle.DEFAULT_MODIFIED),
                        release,
                        options.value("--level")
                                .map(level -> OptionalInt.of(Integer.parseInt(level)))
                                .orElse(OptionalInt.empty()))
                .write(bundle);
        return summary(bundle, entries)
                + release.map(stated -> "\nto be signed: " + UpdateBundle.unsigned(bundle))
                        .orElse("");
    }

    private static Product described(Path descriptor) throws UpdateFailure.Usage, IOException {
        if (!Files.exists(descriptor)) {
            throw new UpdateFailure.Usage(
                    "there is no product descriptor " + descriptor, "Name yours with --product; see docs/product.md");
        }
        return ProductJson.read(Files.readAllBytes(descriptor), descriptor.toString());
    }

    private static List<String> requireContent(Options options, Path runtime, Optional<Path> product)
            throws UpdateFailure, IOException {
        Optional<Product> described = product.isPresent() ? Optional.of(described(product.get())) : Optional.empty();
        Path platform = runtime.resolve("updater-runtime/platform");
        boolean windows = Files.isRegularFile(runtime.resolve(HomeLayout.WINDOWS_LAUNCHER));
        Optional<String> system = windows
                ? Optional.of("windows")
                : Files.isRegularFile(platform)
                        ? Files.readString(platform)
                                .lines()
                                .findFirst()
                                .map(line -> line.strip().split(" ", -1)[0])
                                .map(name -> name.equals("Darwin") ? "macos" : name.toLowerCase(Locale.ROOT))
                        : Optional.empty();
        Set<String> without =
                Set.of(options.value("--without-definition").orElse("").split(","));
        Path agent = Path.of(options.operands().getLast());
        return new BundleContent(Files.isDirectory(agent) ? agent.toRealPath() : agent, without)
                .require(described, system);
    }

    private static BundleRelease release(Options options, Path runtime) throws UpdateFailure.Usage, IOException {
        Optional<String> platform = options.value("--platform");
        if (platform.isEmpty()) {
            platform = BundleRelease.platformOf(runtime);
        }
        return new BundleRelease(
                options.value("--version").orElseThrow(),
                Long.parseLong(options.value("--counter").orElseThrow()),
                Long.parseLong(options.value("--floor").orElse("0")),
                platform.orElseThrow(() -> new UpdateFailure.Usage(
                        "the runtime does not say which platform it is for", "Name it with --platform")),
                time(options, "--created"),
                time(options, "--expires"),
                Path.of(options.value("--keys").orElseThrow()));
    }

    private static Instant time(Options options, String name) {
        return options.value(name)
                .map(Instant::parse)
                .orElseGet(() -> Instant.now().truncatedTo(ChronoUnit.SECONDS));
    }

    private static String check(Options options) throws UpdateFailure, ReleaseRefused, IOException {
        Path bundle = Path.of(options.value("--check").orElseThrow());
        Path descriptor = Path.of(options.value("--product").orElseThrow());
        BelievedRelease release = new CheckRelease(bundle, described(descriptor), time(options, "--now")).check();
        return bundle + ": " + release.statement().product() + " "
                + release.statement().version() + ", counter "
                + release.statement().counter() + ", signed by " + release.key().describe() + " of key list "
                + release.keyList();
    }

    private static String summary(Path bundle, List<BundleEntry> entries) throws IOException {
        long files = entries.stream().filter(entry -> !entry.directory()).count();
        return String.format(
                Locale.ROOT, "%s: %d files, %.1f MiB", bundle, files, Files.size(bundle) / (1024.0 * 1024.0));
    }
}
