package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.json.JsonNode;
import updater.json.JsonText;

/** What {@code tools/release} makes of the runtime that was built, judged by signify, tar and sha256sum. */
@SystemTest
final class ReleaseToolSystemTests {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Path TOOL =
            Path.of("../tools/release").toAbsolutePath().normalize();
    private static final Path BUNDLE =
            Path.of("../jlink/target/bundle").toAbsolutePath().normalize();

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
                .filter(name -> name.endsWith(".tar.gz"))
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

    private static String run(String... command) {
        Command.Result result = Command.run(LIMIT, List.of(command));
        assertThat(result.exit()).as(result.out()).isZero();
        return result.out();
    }
}
