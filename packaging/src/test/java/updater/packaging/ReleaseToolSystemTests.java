package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.json.JsonNode;
import updater.json.JsonText;

/** What {@code tools/release} makes of the runtime that was built, judged by signify, tar and sha256sum. */
@SystemTest
final class ReleaseToolSystemTests {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Path TOOL = PROJECT.resolve("tools/release");
    private static final Path BUNDLE = PROJECT.resolve("jlink/target/bundle");

    @TempDir
    Path directory;

    @Test
    void release_ofWhatWasBuilt_canBeVerifiedByWhoeverHasTheKey() throws Exception {
        Path secret = directory.resolve("release.sec");
        Path publicKey = directory.resolve("release.pub");
        run("signify-openbsd", "-G", "-n", "-p", publicKey.toString(), "-s", secret.toString());

        Path made = directory.resolve("made");
        run(
                "bash",
                TOOL.toString(),
                "0.9.0",
                made.toString(),
                "--source",
                "https://example.org/updater.git",
                "--builder",
                "https://example.org/builds/1",
                "--key",
                secret.toString());

        run(
                "signify-openbsd",
                "-V",
                "-p",
                publicKey.toString(),
                "-m",
                made.resolve("SHA256SUMS").toString(),
                "-x",
                made.resolve("SHA256SUMS.sig").toString());
        run("sh", "-c", "cd '" + made + "' && sha256sum --strict -c SHA256SUMS");
        Map<String, String> sums = Files.readAllLines(made.resolve("SHA256SUMS")).stream()
                .map(line -> line.split("  ", 2))
                .collect(Collectors.toMap(parts -> parts[1], parts -> parts[0]));
        String tarball = sums.keySet().stream()
                .filter(name -> name.endsWith(".tar.gz") && !name.contains("-sdk-"))
                .findFirst()
                .orElseThrow();
        assertThat(tarball).startsWith("updater-0.9.0-linux-");
        // The owner and the time in it are those of no machine, so they are not compared.
        run(
                "sh",
                "-c",
                "mkdir '" + directory + "/x' && tar xzf '" + made.resolve(tarball) + "' -C '" + directory + "/x'");
        run("diff", "-r", directory.resolve("x").toString(), BUNDLE.toString());
        JsonNode statement = JsonNode.root(
                JsonText.parse(Files.readAllBytes(made.resolve("provenance.json")), JsonText.Strictness.STRICT));
        for (JsonNode subject : statement.member("subject").elements()) {
            assertThat(subject.member("digest").member("sha256").text())
                    .isEqualTo(sums.get(subject.member("name").text()));
        }
        JsonNode predicate = statement.member("predicate");
        assertThat(predicate.member("runDetails").member("builder").member("id").text())
                .isEqualTo("https://example.org/builds/1");
        assertThat(predicate
                        .member("buildDefinition")
                        .member("resolvedDependencies")
                        .elements()
                        .getFirst()
                        .member("digest")
                        .member("gitCommit")
                        .text())
                .isEqualTo(
                        run("git", "-C", BUNDLE.toString(), "rev-parse", "HEAD").strip());
    }

    /** The commands of {@code docs/adopt.md}. The project and every JDK are hidden, and nothing is the user's but a directory. */
    @Test
    void vendorsTool_withoutCheckoutAndJdk_packsTheSameBytes() throws Exception {
        Path vendor = Files.createDirectory(directory.resolve("vendor"));
        run("bash", TOOL.toString(), "0.9.0", vendor.toString());
        Path tree = directory.resolve("disk-agent");
        run(PROJECT.resolve("examples/shell-agent/tree").toString(), "1.0", tree.toString());
        Path expected = directory.resolve("expected.tar.gz");
        run(
                "env",
                "JAVA_HOME=" + System.getProperty("java.home"),
                PROJECT.resolve("packaging/bundle").toString(),
                "--product",
                PROJECT.resolve("examples/shell-agent/product.json").toString(),
                expected.toString(),
                tree.toString());
        String page = Pattern.compile("(?ms)^```sh archive\n(.*?)^```$")
                .matcher(Files.readString(PROJECT.resolve("docs/adopt.md")))
                .results()
                .map(block -> PageCommands.script(block.group(1)))
                .collect(Collectors.joining());
        assertThat(page).contains("disk-agent-1.0.tar.gz", "trial-1.1.tar.gz");
        run("chmod", "a+x", directory.toString());
        run("chown", "-R", "65534:65534", vendor.toString());

        String said = run("unshare", "--mount", "sh", "-c", """
                set -eu
                mount -t tmpfs none "$1"
                mount -t tmpfs none /usr/lib/jvm
                cd "$2"
                exec env -i PATH=/usr/bin:/bin \\
                    setpriv --reuid 65534 --regid 65534 --clear-groups sh -euc "umask 077; exec 2>&1; $3"
                """, "vendor", PROJECT.toString(), vendor.toString(), page);

        assertThat(said).doesNotContain("WARNING").contains("disk-agent-1.0.tar.gz");
        assertThat(vendor.resolve("disk-agent-1.0.tar.gz")).hasSameBinaryContentAs(expected);
        assertThat(Files.readString(vendor.resolve("home/log/updater-report.json")))
                .contains("\"ROLLED_BACK\"");
        Path again = Files.createDirectory(directory.resolve("again"));
        run("bash", TOOL.toString(), "0.9.0", again.toString());
        assertThat(again.resolve("updater-sdk-0.9.0.tar.gz"))
                .hasSameBinaryContentAs(vendor.resolve("updater-sdk-0.9.0.tar.gz"));
    }

    private static String run(String... command) {
        Command.Result result = Command.run(LIMIT, List.of(command));
        assertThat(result.exit()).as(result.out()).isZero();
        return result.out();
    }
}
