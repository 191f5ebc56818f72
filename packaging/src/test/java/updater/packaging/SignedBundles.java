package updater.packaging;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Bundles that {@code tools/bundle} makes and signify signs, and the keys for that. Each is made when it is first asked for, and
 * once for all classes that run in one virtual machine.
 */
final class SignedBundles {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** The stranger's key is in no list. */
    private static final String KEYS = """
        set -eu
        cd "$1"
        for key in root1 root2 signer stranger; do
            signify-openbsd -G -n -c "$key" -p $key.pub -s $key.sec
        done
        {
            printf 'host-updater keys 1\\nproduct observiq-otel-collector\\nnumber 1\\ncreated %s\\nthreshold 2\\n' "$2"
            for key in root1 root2; do echo "root $(tail -n 1 $key.pub)"; done
            echo "key signer $(tail -n 1 signer.pub) $2 $3"
        } >list.txt
        for key in root1 root2; do signify-openbsd -S -s $key.sec -m list.txt -x $key.sig; done
        cat root1.sig root2.sig list.txt >list
        """;

    private final Bundles bundles;
    private final Path directory;
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final Map<Release, Path> made = new HashMap<>();

    /**
     * What a bundle is of.
     *
     * @param required whether the product's descriptor asks for a signature
     * @param counter the order of the releases
     */
    record Release(SampleAgent agent, boolean required, int counter) {}

    private SignedBundles(Bundles bundles, Path directory) {
        this.bundles = bundles;
        this.directory = directory;
    }

    /** @param directory an empty one, for keys and bundles */
    static SignedBundles open(Bundles bundles, Path directory) {
        SignedBundles signed = new SignedBundles(bundles, directory);
        Command.run(
                        LIMIT,
                        "sh",
                        "-c",
                        KEYS,
                        "keys",
                        directory.toString(),
                        signed.now.minus(Duration.ofDays(1)).toString(),
                        signed.expiry().toString())
                .ok();
        return signed;
    }

    private Instant expiry() {
        return now.plus(Duration.ofDays(30));
    }

    private String key(String name) throws IOException {
        return Files.readAllLines(directory.resolve(name + ".pub")).get(1);
    }

    private Path product(boolean required) throws IOException {
        String builtIn =
                Files.readString(Path.of("../modules/updater.app/src/main/resources/updater/app/bindplane.json"));
        String trust = """
                "trust": {"required": %s, "roots": ["%s", "%s"], "threshold": 2}""".formatted(required, key("root1"), key("root2"));
        return Files.writeString(
                directory.resolve("product.json"), builtIn.replaceFirst("(?s)\"trust\"\\s*:\\s*\\{[^}]*\\}", trust));
    }

    /** Returns a bundle; its statement is beside it. */
    Path bundle(Release release) {
        return made.computeIfAbsent(release, this::make);
    }

    private Path make(Release release) {
        try {
            Path tree = Files.createTempDirectory(directory, "tree").resolve("tree");
            release.agent().writeBundleTree(tree);
            Path bundle = tree.resolveSibling("bundle.tar.gz");
            List<String> arguments =
                    new ArrayList<>(List.of("--runtime", bundles.runtimeTree().toString()));
            arguments.addAll(List.of("--product", product(release.required()).toString()));
            arguments.addAll(List.of("--level", "0"));
            arguments.addAll(List.of("--version", release.agent().version()));
            arguments.addAll(List.of("--counter", Integer.toString(release.counter())));
            arguments.addAll(List.of("--keys", directory.resolve("list").toString()));
            arguments.addAll(List.of("--created", now.toString(), "--expires", expiry().toString()));
            arguments.addAll(List.of(bundle.toString(), tree.toString()));
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
            if (BuildBundle.run(arguments, out, out) != 0) {
                throw new AssertionError(said.toString(StandardCharsets.UTF_8));
            }
            sign(Path.of(bundle + ".release.unsigned"), "signer", Path.of(bundle + ".release"));
            return bundle;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void sign(Path text, String key, Path statement) {
        Command.run(
                        LIMIT,
                        "signify-openbsd",
                        "-S",
                        "-e",
                        "-s",
                        directory.resolve(key + ".sec").toString(),
                        "-m",
                        text.toString(),
                        "-x",
                        statement.toString())
                .ok();
    }

    /**
     * Returns another statement about a bundle, which says what the vendor did not say, but is signed.
     *
     * @param edit for sed
     */
    Path otherStatement(Path bundle, String edit, String key) {
        try {
            Path text = Files.createTempFile(directory, "statement", ".txt");
            Path statement = Path.of(text + ".release");
            Command.Result edited = Command.run(LIMIT, "sed", edit, bundle + ".release.unsigned");
            Files.writeString(text, edited.ok() + "\n");
            sign(text, key, statement);
            return statement;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns an empty directory, for what is made on its way into a box. */
    Path scratch() {
        try {
            return Files.createTempDirectory(directory, "scratch");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
