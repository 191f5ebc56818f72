package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of {@code docs/signing.md}, run as they stand there, with the signify and minisign of this host. Skipped
 * where they are not installed.
 */
@DisabledOnOs(OS.WINDOWS)
final class SigningPageTests {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\n(.*?)^```$");

    @TempDir
    Path scratch;

    @BeforeEach
    void writeFiles() throws IOException {
        for (String tool : List.of("signify-openbsd", "minisign")) {
            assumeThat(List.of(System.getenv("PATH").split(File.pathSeparator, -1)))
                    .as("where %s is", tool)
                    .anyMatch(place -> Files.isExecutable(Path.of(place, tool)));
        }
        Path agent = SampleAgent.bindplane("v2").writeBundleTree(scratch.resolve("agent"));
        Files.writeString(agent.resolve("install/acme.service"), "[Service]\nExecStart=/opt/acme/acme\n");
        Path runtime = Files.createDirectories(scratch.resolve("runtime/updater-runtime/bin"));
        executable(runtime.resolve("java"), "java");
        Files.writeString(runtime.resolveSibling("platform"), "Linux x86_64 /lib64/ld-linux-x86-64.so.2 2.17\n");
        executable(scratch.resolve("runtime/updater"), """
                #!/bin/sh
                product='observiq-otel-collector'
                state_directory='/var/lib/observiq-otel-collector-updater'
                """);
        Files.createDirectory(scratch.resolve("tools"));
        executable(
                scratch.resolve("tools/bundle"),
                "#!/bin/sh\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java") + "' -cp '"
                        + System.getProperty("java.class.path")
                        + "' -Dfile.encoding=UTF-8 -Dsun.jnu.encoding=UTF-8 updater.packaging.BuildBundle --runtime runtime \"$@\"\n");
    }

    private static void executable(Path file, String content) throws IOException {
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Command.Result run(String script) throws IOException {
        Path file = Files.writeString(scratch.resolve("script"), "set -eu\ncd '" + scratch + "'\n" + script);
        return Command.run(LIMIT, "sh", file.toString());
    }

    private static String page() throws IOException {
        StringBuilder script = new StringBuilder();
        Matcher block = BLOCK.matcher(Files.readString(Path.of("../docs/signing.md")));
        while (block.find()) {
            // A command that is to fail does not end a script that is run with -e, so what does not fail has to.
            script.append(block.group(1).replaceAll("(?m)^! (.*)$", "if $1; then exit 99; fi"));
        }
        return script.toString();
    }

    @Test
    void commands_ofThePage_doWhatItSays() throws IOException {
        String output = run(page()).ok();
        assertThat(output)
                .contains("acme-1.0.0.tar.gz: acme-agent v1.0.0, counter 100, signed by 2026a (", "of key list 1")
                .contains("acme-1.1.0.tar.gz: acme-agent v1.1.0, counter 110, signed by 2027a (", "of key list 3")
                .contains("acme-1.2.0.tar.gz: acme-agent v1.2.0, counter 120, signed by 2027a (", "of key list 4");

        assertThat(Files.readAllLines(scratch.resolve("acme-1.1.0.tar.gz.release.unsigned")))
                .contains(
                        "host-updater release 1",
                        "product acme-agent",
                        "version v1.1.0",
                        "counter 110",
                        "floor 110",
                        "platform linux-amd64-glibc",
                        "size " + Files.size(scratch.resolve("acme-1.1.0.tar.gz")),
                        "created 2026-12-11T00:00:00Z",
                        "expires 2027-06-11T00:00:00Z",
                        "keys 3");
        refusals();
    }

    /** What is not as it was signed, in the place where the page left it. */
    private void refusals() throws IOException {
        String check = "tools/bundle --check acme-1.2.0.tar.gz --product product.json --now ";
        assertRefused(check + "2027-07-01T00:00:00Z", "it expired at 2027-07-01T00:00:00Z");
        assertRefused(
                "sed -i 's/v1.2.0/v1.2.1/' acme-1.2.0.tar.gz.release; " + check + "2027-01-02T00:00:00Z",
                "is not valid");
        // Built with the list that does not know the new root yet.
        assertRefused(
                "tools/bundle --product product.json --version v1.3.0 --counter 130 --keys keys-3"
                        + " --expires 2027-07-01T00:00:00Z --created 2027-01-01T00:00:00Z acme-1.3.0.tar.gz agent",
                "keys-3 names other roots, or another threshold, than the product descriptor");
        // Another bundle of the same agent, which has one file more.
        assertRefused(
                "touch agent/more; tools/bundle --product product.json --version v1.0.0 --counter 100 --keys keys-4"
                        + " --expires 2027-07-01T00:00:00Z --created 2027-01-01T00:00:00Z other.tar.gz agent;"
                        + " cp acme-1.1.0.tar.gz.release other.tar.gz.release;"
                        + " tools/bundle --check other.tar.gz --product product.json --now 2027-01-02T00:00:00Z",
                "release statement: expected a bundle of ");
        assertRefused(
                "mkdir agent/Release; touch agent/Release/x; tools/bundle --product product.json --version v1 --counter 1"
                        + " --keys keys-4 --expires 2027-07-01T00:00:00Z --created 2027-01-01T00:00:00Z x.tar.gz agent",
                "the agent has a 'Release'");
    }

    private void assertRefused(String script, String message) throws IOException {
        Command.Result refused = run(script);
        assertThat(refused.exit()).as(refused.toString()).isEqualTo(1);
        assertThat(refused.toString()).contains(message);
    }
}
