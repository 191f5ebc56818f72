package updater.packaging;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.state.document.ProductJson;

/** A bundle for Windows: a zip with {@code updater.exe}, which here is no more than its settings. */
final class WindowsBundleTests {
    private static final int CHARACTERS = 256;

    private static final String PRODUCT = """
            {
              "name": "acme-agent",
              "package": "acme",
              "home": {"windows": {"directory": "C:\\\\Acme"}},
              %s
              "services": {"windows": {"name": "acme", "definition": "install/windows_service.json"}}
            }
            """;

    @TempDir
    Path scratch;

    private Path runtime;
    private Path launcher;

    @BeforeEach
    void writeFiles() throws IOException {
        runtime = Files.createDirectories(scratch.resolve("runtime"));
        Files.createDirectories(runtime.resolve("updater-runtime/bin"));
        Files.writeString(runtime.resolve("updater-runtime/platform"), "- - - -\n");
        launcher = runtime.resolve("updater.exe");
        Files.write(
                launcher,
                (setting("@updater.product", "old-name-that-is-long") + "code"
                                + setting("@updater.state.d", "%ProgramData%\\old"))
                        .getBytes(UTF_16LE));
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String setting(String marker, String value) {
        return marker + value + "\0".repeat(CHARACTERS - marker.length() - value.length());
    }

    private static Product product(String members) throws UpdateFailure {
        return ProductJson.read(PRODUCT.formatted(members).getBytes(StandardCharsets.UTF_8), "test");
    }

    private String written(String members) throws Exception {
        Path to = scratch.resolve("own.exe");
        WindowsLauncher.write(launcher, product(members), to);
        assertThat(Files.size(to)).isEqualTo(Files.size(launcher));
        return Files.readString(to, UTF_16LE);
    }

    @Test
    void launcher_ofAnotherProduct_hasItsNamesAndNothingElseChanged() throws Exception {
        assertThat(written(""))
                .isEqualTo(setting("@updater.product", "acme-agent") + "code"
                        + setting("@updater.state.d", "%ProgramData%\\acme-agent-updater"));
    }

    @Test
    void launcher_stateDirectoryInHome_isRelative() throws Exception {
        assertThat(written("\"state-directory\": {\"windows\": \"[INSTALLDIR].updater/state\"},"))
                .endsWith(setting("@updater.state.d", ".updater\\state"));
    }

    @Test
    void launcher_nameThatHasNoRoom_isRefused() {
        assertThatThrownBy(() -> written("\"state-directory\": {\"windows\": \"C:\\\\" + "x".repeat(240) + "\"},"))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("no room");
    }

    @Test
    void launcher_withoutItsSettings_isRefused() throws Exception {
        Files.writeString(launcher, "other");

        assertThatThrownBy(() -> written(""))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("@updater.product");
    }

    @Test
    void bundle_forWindows_isAZipWithTheProgram() throws Exception {
        Path agent = SampleAgent.bindplane("v2").writeBundleTree(scratch.resolve("agent"));
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int exit = BuildBundle.run(
                List.of(
                        "--runtime",
                        runtime.toString(),
                        "--product",
                        "built-in",
                        scratch.resolve("v2.zip").toString(),
                        agent.toString()),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));

        assertThat(exit).as(err.toString(StandardCharsets.UTF_8)).isZero();
        try (ZipFile zip = new ZipFile(scratch.resolve("v2.zip").toFile())) {
            assertThat(zip.getEntry("updater.exe")).isNotNull();
            assertThat(zip.getEntry("updater")).isNull();
            assertThat(zip.getEntry("updater-runtime/platform")).isNotNull();
        }
    }
}
