package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.testkit.TreeSnapshot;

/** What {@code tools/bundle} makes of an agent's files and a runtime; the runtime here is none. */
final class BuildBundleTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final String PRODUCT = """
            {
              "name": "acme-agent",
              "package": "acme",
              "home": {"linux": {"directory": "/opt/acme"}},
              %s
              "services": {"systemd": {"name": "acme.service", "definition": "install/acme.service",
                "installed": "/usr/lib/systemd/system/acme.service"}}
            }
            """;

    @TempDir
    Path scratch;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path agent;
    private Path runtime;

    @BeforeEach
    void writeFiles() throws IOException {
        agent = SampleAgent.bindplane("v2").writeBundleTree(scratch.resolve("agent"));
        Files.writeString(agent.resolve("install/acme.service"), "[Service]\nExecStart=/opt/acme/acme\n");
        runtime = Files.createDirectories(scratch.resolve("runtime"));
        Files.createDirectories(runtime.resolve("updater-runtime/bin"));
        executable(runtime.resolve("updater-runtime/bin/java"), "java");
        Files.writeString(runtime.resolve("updater-runtime/platform"), "Linux\n");
        executable(runtime.resolve("updater"), """
                #!/bin/sh
                product='observiq-otel-collector'
                state_directory='/var/lib/observiq-otel-collector-updater'
                echo "$product $state_directory"
                """);
    }

    private static void executable(Path file, String content) throws IOException {
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private int build(String bundle, String... options) {
        List<String> arguments = new ArrayList<>(List.of("--runtime", runtime.toString()));
        arguments.addAll(List.of(options));
        if (!arguments.contains("--product")) {
            arguments.addAll(List.of("--product", "built-in"));
        }
        return run(bundle, arguments);
    }

    private int run(String bundle, List<String> options) {
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of(scratch.resolve(bundle).toString(), agent.toString()));
        return BuildBundle.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private Path product(String members) throws IOException {
        return Files.writeString(scratch.resolve("product.json"), PRODUCT.formatted(members));
    }

    private Path unpacked(String bundle) throws IOException {
        Path into = Files.createDirectories(scratch.resolve("unpacked-" + bundle));
        Command.run(LIMIT, "tar", "-xzf", scratch.resolve(bundle).toString(), "-C", into.toString())
                .ok();
        return into;
    }

    @Test
    void bundle_ofBuiltInProduct_holdsAgentLauncherAndRuntime() throws IOException {
        assertThat(build("v2.tar.gz")).as(said()).isZero();

        Path tree = unpacked("v2.tar.gz");
        assertThat(TreeSnapshot.of(tree).entries().keySet())
                .containsAll(TreeSnapshot.of(agent).entries().keySet())
                .contains("updater", "updater-runtime/bin/java", "updater-runtime/platform")
                .doesNotContain("updater-runtime/product.json");
        assertThat(TreeSnapshot.of(tree).entries().get("updater").mode()).isEqualTo(0755);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("v2.tar.gz", " files, ");
    }

    @Test
    void bundle_builtAgainAfterTimesAndModesChanged_isTheSameFile() throws IOException {
        build("first.tar.gz");
        Files.setLastModifiedTime(agent.resolve("VERSION"), FileTime.from(Instant.EPOCH));
        Files.setPosixFilePermissions(agent.resolve("VERSION"), PosixFilePermissions.fromString("rw-------"));

        build("second.tar.gz");

        assertThat(scratch.resolve("second.tar.gz")).hasSameBinaryContentAs(scratch.resolve("first.tar.gz"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|/var/lib/acme-agent-updater",
                "\"state-directory\": {\"linux\": \"/srv/acme/state\"},|/srv/acme/state",
                "\"state-directory\": {\"linux\": \"[INSTALLDIR].updater\"},|.updater"
            })
    void bundle_ofAnotherProduct_hasItsDescriptorAndALauncherWithItsNames(String members, String state)
            throws IOException {
        Path product = product(members);

        assertThat(build("v2.tar.gz", "--product", product.toString()))
                .as(said())
                .isZero();

        Path tree = unpacked("v2.tar.gz");
        assertThat(tree.resolve("updater-runtime/product.json")).hasSameBinaryContentAs(product);
        assertThat(Command.run(LIMIT, tree.resolve("updater").toString()).ok()).isEqualTo("acme-agent " + state);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "acme.service|install/acme.servce|the definition for systemd is not there: install/acme.servce",
                "acme.service|install|the definition for systemd is not there: install",
                "acme@.service|install/acme.service|the service acme@.service is a template",
                "acme@|install/acme.service|the service acme@ is a template"
            })
    void bundle_whoseServiceNoHostCouldUpdate_isRefused(String name, String definition, String because)
            throws IOException {
        Path product = product("");
        Files.writeString(
                product,
                Files.readString(product)
                        .replace("\"acme.service\"", '"' + name + '"')
                        .replace("install/acme.service", definition));

        assertThat(build("v2.tar.gz", "--product", product.toString())).isEqualTo(1);

        assertThat(said()).contains(because, "--without-definition");
        assertThat(scratch.resolve("v2.tar.gz")).doesNotExist();
    }

    @Test
    void bundle_forAProcessWhoseDefinitionIsInstalledNowhere_isRefused() throws IOException {
        Path product = product("");
        Files.writeString(
                product,
                Files.readString(product)
                        .replace("\"systemd\"", "\"process\"")
                        .replaceFirst(",\\s*\"installed\": \"[^\"]*\"", ""));

        assertThat(build("v2.tar.gz", "--product", product.toString())).isEqualTo(1);

        assertThat(said()).contains("'installed' is to be such as [INSTALLDIR]acme.service.process");
    }

    @ParameterizedTest
    @CsvSource({"Type=simple, 1", "Type=notify, 0", "Type = dbus, 0"})
    void bundle_whoseOnlyProbeIsReady_saysWhereThatMeansNothing(String type, int notes) throws IOException {
        Files.writeString(agent.resolve("install/acme.service"), "[Service]\n" + type + "\nExecStart=/opt/acme/acme\n");
        Path product = product("\"health\": {\"probes\": [{\"ready\": {}}]},");

        assertThat(build("v2.tar.gz", "--product", product.toString()))
                .as(said())
                .isZero();

        assertThat(said().lines().filter(line -> line.contains("the only probe is 'ready'")))
                .hasSize(notes);
    }

    @Test
    void bundle_withoutADefinitionOnPurpose_isBuilt() throws IOException {
        Files.delete(agent.resolve("install/acme.service"));

        assertThat(build("v2.tar.gz", "--product", product("").toString(), "--without-definition", "sysv,systemd"))
                .as(said())
                .isZero();
    }

    @Test
    void bundle_ofNothingButADefinition_isRefused() throws IOException {
        Path nothing = Files.createDirectories(scratch.resolve("nothing/install"));
        Files.writeString(nothing.resolve("acme.service"), "[Service]\n");
        agent = nothing.getParent();

        assertThat(build("v2.tar.gz", "--product", product("").toString())).isEqualTo(1);
        assertThat(said()).contains("holds no file of the agent");
        Files.delete(nothing.resolve("acme.service"));
        assertThat(build("v2.tar.gz")).isEqualTo(1);
    }

    @Test
    void bundle_ofNoProduct_isRefusedAndToldHowToNameOne() {
        assertThat(run("v2.tar.gz", List.of("--runtime", runtime.toString()))).isEqualTo(2);

        assertThat(said())
                .contains("there is no --product FILE", "docs/product.md", "--product built-in")
                .doesNotContain("usage:");
        assertThat(scratch.resolve("v2.tar.gz")).doesNotExist();
    }

    @Test
    void bundle_whoseDescriptorIsMissing_isRefusedNamingIt() {
        assertThat(build("v2.tar.gz", "--product", "nowhere.json")).isEqualTo(2);

        assertThat(said()).contains("there is no product descriptor nowhere.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[STAGED]nowhere|the program of the rehearsal is not there: [STAGED]nowhere",
                "[STAGED]VERSION|the program of the rehearsal is not executable: [STAGED]VERSION",
            })
    void bundle_whoseRehearsalWouldFailEverywhere_isRefused(String program, String because) throws IOException {
        Path product = product("\"rehearsal\": [{\"argv\": [\"" + program + "\"]}],");

        assertThat(build("v2.tar.gz", "--product", product.toString())).isEqualTo(1);

        assertThat(said()).contains(because);
    }

    @Test
    void bundle_withFilesThatNoUpdateInstalls_isBuiltAndSaysSo() throws IOException {
        Files.createDirectories(agent.resolve("cache"));
        Files.writeString(agent.resolve("cache/one"), "");
        Files.writeString(agent.resolve("cache/two"), "");
        Path product = product("\"mutable\": [\"cache/\", \"log/\", \"tmp/\", \"package_statuses.json\"],");

        assertThat(build("v2.tar.gz", "--product", product.toString()))
                .as(said())
                .isZero();

        assertThat(said().lines().filter(line -> line.contains("'cache/'"))).hasSize(1);
    }

    @Test
    void bundle_ofNothingThatIsInstalled_isRefused() throws IOException {
        Path nothing = Files.createDirectories(scratch.resolve("nothing/tmp")).getParent();
        Files.writeString(nothing.resolve("tmp/agent"), "");
        agent = nothing;

        assertThat(build("v2.tar.gz", "--product", product("").toString(), "--without-definition", "systemd"))
                .isEqualTo(1);

        assertThat(said()).contains("holds no file of the agent");
    }

    @Test
    void bundle_ofAgentWithTheDirectoryOfSignedReleases_isRefused() throws IOException {
        Files.createDirectory(agent.resolve("release"));

        assertThat(build("v2.tar.gz")).isEqualTo(1);

        assertThat(said()).contains("the agent has a 'release'");
    }

    @Test
    void bundle_ofAnAgentThatIsNotThere_isRefused() {
        agent = scratch.resolve("nowhere");

        assertThat(build("v2.tar.gz")).isEqualTo(1);

        assertThat(said()).contains("nowhere is no directory");
    }

    @Test
    void bundle_withBadDescriptor_isRefusedNamingTheMember() throws IOException {
        Path product = product("\"preserved\": \"config.yaml\",");

        assertThat(build("v2.tar.gz", "--product", product.toString())).isEqualTo(2);

        assertThat(said()).contains("preserved");
        assertThat(scratch.resolve("v2.tar.gz")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/srv/it's", "/srv/[INSTALLDIR]/state"})
    void bundle_withStateDirectoryNoShellCanTake_isRefused(String state) throws IOException {
        Path product = product("\"state-directory\": {\"linux\": \"" + state + "\"},");

        assertThat(build("v2.tar.gz", "--product", product.toString())).isNotZero();

        assertThat(said()).contains(state);
        assertThat(scratch.resolve("v2.tar.gz")).doesNotExist();
    }

    @Test
    void bundle_ofAgentWithLink_isRefused() throws IOException {
        Files.createSymbolicLink(agent.resolve("link"), Path.of("agent"));

        assertThat(build("v2.tar.gz")).isEqualTo(1);

        assertThat(said()).contains("link is a symbolic link");
    }

    @Test
    void bundle_ofAgentWithAnUpdaterOfItsOwn_isRefused() throws IOException {
        Files.writeString(agent.resolve("updater"), "");

        assertThat(build("v2.tar.gz")).isEqualTo(1);

        assertThat(said()).contains("goes to 'updater' in the bundle");
    }

    @Test
    void bundle_withoutRuntime_isRefused() throws IOException {
        Files.delete(runtime.resolve("updater"));

        assertThat(build("v2.tar.gz")).isEqualTo(1);

        assertThat(said()).contains("there is no runtime in " + runtime);
    }

    @Test
    void bundle_compressedLess_holdsTheSame() throws IOException {
        Files.writeString(agent.resolve("long"), "all work and no play ".repeat(5000));
        build("small.tar.gz", "--level", "9");
        build("large.tar.gz", "--level", "1");

        assertThat(TreeSnapshot.of(unpacked("large.tar.gz")).entries().keySet())
                .isEqualTo(TreeSnapshot.of(unpacked("small.tar.gz")).entries().keySet());
        assertThat(Files.size(scratch.resolve("large.tar.gz")))
                .isGreaterThan(Files.size(scratch.resolve("small.tar.gz")));
        build("stored.tar.gz", "--level", "0");
        assertThat(TreeSnapshot.of(unpacked("stored.tar.gz")).entries().keySet())
                .isEqualTo(TreeSnapshot.of(unpacked("small.tar.gz")).entries().keySet());
        assertThat(Files.size(scratch.resolve("stored.tar.gz"))).isGreaterThan("all work and no play ".length() * 5000);
        assertThat(build("none.tar.gz", "--level", "10")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--unknown", "--mtime", "one"})
    void commandLine_thatIsWrong_isAnsweredWithTheUsage(String word) {
        assertThat(build("v2.tar.gz", word)).isEqualTo(2);

        assertThat(said()).startsWith("usage: bundle");
        assertThat(scratch.resolve("v2.tar.gz")).doesNotExist();
    }
}
