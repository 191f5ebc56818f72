package updater.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StatusFileTests {
    /** As an agent in Go writes it. */
    private static final String GOLDEN = """
            {"all_packages_hash":"YWxs","all_error_message":"","package_states":{"agent":{"name":"agent",\
            "agent_version":"v1","agent_hash":"b2xk","server_version":"v2","server_hash":"bmV3","status":2,\
            "error_message":""}}}""";

    @TempDir
    Path home;

    private Path file() {
        return home.resolve("package_statuses.json");
    }

    private static PackageStatuses statuses() {
        PackageStatus status = new PackageStatus(
                "agent",
                new PackageVersion("v1", Hash.of("old".getBytes())),
                new PackageVersion("v2", Hash.of("new".getBytes())),
                InstallStatus.INSTALLING,
                "",
                Optional.empty());
        return new PackageStatuses(Hash.of("all".getBytes()), "", Map.of("agent", status));
    }

    @Test
    void write_givesTheSameBytesAsTheAgentsInGo_forItsUserOnly() throws Exception {
        new StatusFile(home).write(statuses());

        assertThat(file()).hasContent(GOLDEN);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(new StatusFile(home).read()).contains(statuses());
    }

    @Test
    void read_takesHashesAsArrays() throws Exception {
        Files.writeString(file(), GOLDEN.replace("\"YWxs\"", "[97,108,108]").replace("\"b2xk\"", "[111, 108, 100]"));

        assertThat(new StatusFile(home).read()).contains(statuses());
    }

    @Test
    void write_keepsModeAndWhatOthersWrote() throws Exception {
        Files.writeString(
                file(),
                GOLDEN.replace("\"name\":\"agent\",", "\"name\":\"agent\",\"x\":[1e3],")
                        .replace("{\"all", "{\"y\":7,\"all"));
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        StatusFile status = new StatusFile(home);
        PackageStatuses read = status.read().orElseThrow();

        status.write(read);

        assertThat(Files.readString(file())).startsWith("{\"y\":7,").contains("\"x\":[1e3]");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-r-----");
        assertThat(status.hasChanged()).isFalse();
    }

    @Test
    void write_ofADownload_isPendingToOthers() throws Exception {
        PackageStatus downloading = statuses()
                .packages()
                .get("agent")
                .downloading(new DownloadProgress(1, java.util.OptionalLong.of(2), 1));

        new StatusFile(home).write(statuses().with(downloading));

        assertThat(Files.readString(file())).contains("\"status\":1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "nul", "{\"package_states\": 3}", "\u0000"})
    void read_ofNonsense_isNoStatus(String text) throws IOException {
        Files.writeString(file(), text);

        assertThat(new StatusFile(home)
                        .read()
                        .map(found -> found.packages().size())
                        .orElse(0))
                .isZero();
    }

    @Test
    void read_ofAnUnknownStatus_isAFailure() throws Exception {
        Files.writeString(file(), GOLDEN.replace("\"status\":2", "\"status\":17"));

        assertThat(new StatusFile(home)
                        .read()
                        .orElseThrow()
                        .packages()
                        .get("agent")
                        .status())
                .isEqualTo(InstallStatus.INSTALL_FAILED);
    }

    @Test
    void write_afterAKilledOne_isWhole() throws Exception {
        Files.writeString(home.resolve(".package_statuses.json.new"), "{\"torn");

        new StatusFile(home).write(statuses());

        assertThat(file()).hasContent(GOLDEN);
        assertThat(home.resolve(".package_statuses.json.new")).doesNotExist();
    }
}
