package updater.state.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import updater.api.FileRules;
import updater.api.FileRules.OutsideFile;
import updater.api.HealthRule;
import updater.api.HealthRule.AfterSuccess;
import updater.api.HealthRule.StatusRule;
import updater.api.HomeRule;
import updater.api.HomeRule.HomeOverride;
import updater.api.Os;
import updater.api.Places;
import updater.api.Probe;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Trust;
import updater.api.UpdateFailure;
import updater.api.UpdateTerms;
import updater.api.UpdateTerms.Policy;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;
import updater.api.conformance.ProductEdit;

public class ProductJsonTests {
    private static final String LEAST = "{\"name\":\"agent\",\"package\":\"agent\","
            + "\"home\":{\"linux\":{\"directory\":\"/opt/agent\"}},"
            + "\"services\":{\"systemd\":{\"name\":\"agent.service\",\"definition\":\"install/agent.service\"}}}";

    private static final String ROOT = "RWTliwMVXkDG+W9W1tJIEN6qn77Qmc7WivQ8VPjzqhFtYumYHGxtNJC0";
    private static final String ROOT_2 = "RWT8AhcD0HYZc726wviy8l29FSaW006NZl/zdeFeK4lYwJdLec8S5zGe";

    private static Product read(String json) throws UpdateFailure.Usage {
        return ProductJson.read(json.getBytes(StandardCharsets.UTF_8), "product.json");
    }

    /** Adds a member to the shortest valid descriptor. */
    private static String with(String member) {
        return LEAST.substring(0, LEAST.length() - 1) + "," + member + "}";
    }

    private static String trust(String members) {
        return with("\"trust\":{" + members + "}");
    }

    /** What {@link #LEAST} describes. */
    public static Product least() {
        return new Product(
                "agent",
                new Places(Map.of(Os.LINUX, new HomeRule(Path.of("/opt/agent"), List.of())), Map.of()),
                Map.of("systemd", ProductEdit.spec("agent.service", "install/agent.service", Optional.empty())),
                new FileRules(Set.of(), List.of(), List.of("log/", "tmp/", "package_statuses.json"), List.of()),
                new HealthRule(
                        new StatusRule("agent", "package_statuses.json", AfterSuccess.KEEP),
                        Duration.ofSeconds(10),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500),
                        List.of(new Probe.Report()),
                        Duration.ZERO),
                new Trust(false, List.of(), 2, 0),
                new UpdateTerms(
                        Duration.ofSeconds(15),
                        new Retention(67_108_864, 10_000, 7, 1 << 30),
                        VendorCommands.NONE,
                        new Policy(3, false, false)));
    }

    @Test
    void read_leastDescriptor_getsDefaults() throws UpdateFailure.Usage {
        assertThat(read(LEAST)).isEqualTo(least());
    }

    @Test
    void read_ownStatusFile_isMutableByDefault() throws UpdateFailure.Usage {
        assertThat(read(with("\"status-file\":\"state/status.json\"")).files().mutable())
                .containsExactly("log/", "tmp/", "state/status.json");
    }

    public static Product everything() {
        return new Product(
                "agent-2.x_y",
                new Places(
                        Map.of(
                                Os.LINUX,
                                new HomeRule(
                                        Path.of("/opt/agent"),
                                        List.of(new HomeOverride.EnvironmentFile(
                                                Path.of("/etc/default/agent"), "HOME_DIR"))),
                                Os.WINDOWS,
                                new HomeRule(
                                        Path.of("C:\\Program Files\\Agent (x86)"),
                                        List.of(new HomeOverride.RegistryValue(
                                                "Software\\Vendor\\Agent", "Location")))),
                        Map.of(Os.LINUX, "/var/lib/agent", Os.WINDOWS, "[INSTALLDIR]state")),
                Map.of(
                        "systemd",
                        ProductEdit.spec("agent@1.service", "install/a.service", Optional.of("/etc/systemd/system/a")),
                        "process",
                        new ServiceSpec(
                                "agent",
                                "install/agent.json",
                                Optional.of("[INSTALLDIR]agent.json"),
                                List.of("agent@*"),
                                true,
                                true)),
                new FileRules(
                        Set.of("config.yaml", ".env", "conf.d/", "*.local"),
                        List.of(new OutsideFile("lib/a.jar", "../a.jar")),
                        List.of("log/", "tmp/", "s.json", "cache/objects/"),
                        List.of("etc/**/*.yaml", "*.conf", "rules/")),
                new HealthRule(
                        new StatusRule("the agent ü", "s.json", AfterSuccess.REMOVE),
                        Duration.ofMillis(1),
                        Duration.ofMillis(2),
                        Duration.ZERO,
                        HealthRule.REPORT,
                        Duration.ofHours(1)),
                new Trust(true, List.of(ROOT, ROOT_2), 1, 90),
                new UpdateTerms(
                        Duration.ofMillis(3),
                        new Retention(0, Retention.KEPT_FILES, 3, 5),
                        new VendorCommands(
                                List.of(new Probe.Command(List.of("[STAGED]agent", "check"), Duration.ofSeconds(7))),
                                List.of(new Probe.Command(List.of("[HOOKS]drain", "[FROM]"), Duration.ofSeconds(8))),
                                List.of(new Probe.Command(List.of("[HOOKS]tell"), Duration.ofSeconds(9))),
                                List.of(new Probe.Command(List.of("[HOOKS]tell", "back"), Duration.ofSeconds(10))),
                                List.of(new VendorCommands.Migration(
                                        "config.yaml",
                                        new Probe.Command(
                                                List.of("[STAGED]agent", "migrate"), Duration.ofSeconds(11))))),
                        new Policy(0, true, true)));
    }

    @Test
    void write_everything_isReadBack() throws UpdateFailure.Usage {
        assertThat(ProductJson.read(ProductJson.write(everything()), "written")).isEqualTo(everything());
    }

    @Test
    void read_trust_getsDefaults() throws UpdateFailure.Usage {
        assertThat(read(trust("")).trust()).isEqualTo(Trust.NONE);
        assertThat(read(trust("\"roots\":[\"" + ROOT + "\",\"" + ROOT_2 + "\"],\"required\":true"))
                        .trust())
                .isEqualTo(new Trust(true, List.of(ROOT, ROOT_2), 2, 0));
    }

    private static String probes(String probes) {
        return with("\"health\":{\"probes\":" + probes + "}");
    }

    @Test
    void read_probes_getsDefaults() throws UpdateFailure.Usage {
        Product product = read(probes("[{\"http\":{\"url\":\"http://127.0.0.1:8888/health\"}},{\"ready\":{}},"
                + "{\"running\":{\"for-ms\":3000}},{\"command\":{\"argv\":[\"[INSTALLDIR]ctl\",\"ping\"]}}]"));

        assertThat(product.health().probes())
                .containsExactly(
                        new Probe.Http(URI.create("http://127.0.0.1:8888/health"), 200, Optional.empty()),
                        new Probe.Ready(),
                        new Probe.Running(Duration.ofSeconds(3)),
                        new Probe.Command(List.of("[INSTALLDIR]ctl", "ping"), Duration.ofSeconds(5)));
        assertThat(product.health().reports()).isFalse();
        assertThat(product.files().mutable()).containsExactly("log/", "tmp/");
    }

    @Test
    void write_probes_areReadBack() throws UpdateFailure.Usage {
        Product product =
                read(probes("[{\"status-file\":{}},{\"http\":{\"url\":\"https://[::1]:1/x?y=1\",\"status\":204,"
                        + "\"contains\":\"\\\"up\\\"\"}},{\"command\":{\"argv\":[\"/bin/true\"],\"timeout-ms\":9}}]"));

        assertThat(product.health().reports()).isTrue();
        assertThat(ProductJson.read(ProductJson.write(product), "written")).isEqualTo(product);
    }

    record Bad(String json, String message) {}

    static Stream<Bad> bad() {
        return Stream.of(
                new Bad("", "expected a JSON text, found nothing"),
                new Bad("{", "line 1, column 2"),
                new Bad("[]", "expected an object, found an array"),
                new Bad("{}", "name: expected a value, found no such member"),
                new Bad(
                        with("\"nmae\":1"),
                        "nmae: expected one of configuration, health, home, hooks, migrations, mutable, name, outside,"),
                new Bad(with("\"name\":\"again\""), "Duplicate"),
                new Bad(LEAST.replace("\"agent\"", "\"../agent\""), "name: expected a name of letters"),
                new Bad(LEAST.replace("\"agent\"", "\"\""), "name: expected a name of letters"),
                new Bad(LEAST.replace("\"agent\"", "\"..\""), "name: expected a name of letters"),
                new Bad(LEAST.replace("\"agent\"", "\"a b\""), "name: expected a name of letters"),
                new Bad(LEAST.replace("\"agent\"", "\"" + "a".repeat(65) + "\""), "name: expected a name of letters"),
                new Bad(
                        LEAST.replace("\"package\":\"agent\"", "\"package\":\"a\\nb\""),
                        "package: expected a text of 1"),
                new Bad(LEAST.replace("\"package\":\"agent\"", "\"package\":7"), "package: expected a text, found 7"),
                new Bad(LEAST.replace("/opt/agent", "opt/agent"), "home.linux.directory: expected an absolute path"),
                new Bad(
                        LEAST.replace("/opt/agent", "/opt/../agent"),
                        "home.linux.directory: expected an absolute path"),
                new Bad(LEAST.replace("/opt/agent", "/"), "home.linux.directory: expected an absolute path"),
                new Bad(LEAST.replace("/opt/agent", "C:\\\\agent"), "home.linux.directory: expected an absolute path"),
                new Bad(LEAST.replace("/opt/agent", "/opt/\\u0000"), "home.linux.directory: expected an absolute path"),
                new Bad(LEAST.replace("\"linux\"", "\"windows\""), "home.windows.directory: expected an absolute path"),
                new Bad(
                        LEAST.replace("\"linux\"", "\"solaris\""),
                        "home.solaris: expected one of linux, macos, windows"),
                new Bad(LEAST.replaceFirst("\"home\":\\{.*?}}", "\"home\":{}"), "home: expected at least one of linux"),
                new Bad(
                        LEAST.replace("\"/opt/agent\"", "\"/opt/agent\",\"overrides\":[{\"file\":\"/etc/a\"}]"),
                        "home.linux.overrides[0].variable: expected a value"),
                new Bad(
                        LEAST.replace(
                                "\"/opt/agent\"",
                                "\"/opt/agent\",\"overrides\":[{\"file\":\"/etc/a\",\"variable\":\"A B\"}]"),
                        "home.linux.overrides[0].variable: expected the name of an environment variable"),
                new Bad(
                        LEAST.replace("\"/opt/agent\"", "\"/opt/agent\",\"overrides\":[{}]"),
                        "home.linux.overrides[0].registry-key: expected a value"),
                new Bad(with("\"state-directory\":{\"linux\":\"var\"}"), "state-directory.linux: expected an absolute"),
                new Bad(
                        with("\"state-directory\":{\"linux\":\"[INSTALLDIR]../x\"}"),
                        "state-directory.linux: expected an absolute"),
                new Bad(
                        LEAST.replaceFirst("\"services\":\\{.*?}}", "\"services\":{}"),
                        "services: expected at least one"),
                new Bad(
                        LEAST.replace("systemd", "sys temd"),
                        "services.sys temd: expected the name of a service manager"),
                new Bad(
                        LEAST.replace("\"agent.service\"", "\"--now\""),
                        "services.systemd.name: expected a service name"),
                new Bad(
                        LEAST.replace("\"agent.service\"", "\"a/b\""),
                        "services.systemd.name: expected a service name"),
                new Bad(
                        LEAST.replace("install/agent.service", "../agent.service"),
                        "services.systemd.definition: expected a plain relative path, found \"../agent.service\""),
                new Bad(
                        LEAST.replace("\"install/agent.service\"", "\"a\",\"installed\":\"usr/lib/a\""),
                        "services.systemd.installed: expected an absolute path"),
                new Bad(
                        LEAST.replace("\"install/agent.service\"", "\"a\",\"installed\":\"/usr/../a\""),
                        "services.systemd.installed: expected an absolute path"),
                new Bad(
                        with("\"preserved\":[\"a\",\"/b/c\"]"),
                        "preserved[1]: expected a file name, or a plain path relative to home"),
                new Bad(with("\"preserved\":[\"..\"]"), "preserved[0]: expected a file name, or a plain path"),
                new Bad(with("\"preserved\":[\"/\"]"), "preserved[0]: expected a file name, or a plain path"),
                new Bad(with("\"configuration\":[\"a/../b\"]"), "configuration[0]: expected a file name, or a plain"),
                new Bad(with("\"configuration\":\"a\""), "configuration: expected an array, found \"a\""),
                new Bad(with("\"preserved\":\"a\""), "preserved: expected an array, found \"a\""),
                new Bad(with("\"outside\":[{\"staged\":\"a\"}]"), "outside[0].target: expected a value"),
                new Bad(
                        with("\"outside\":[{\"staged\":\"/a\",\"target\":\"../a\"}]"),
                        "outside[0].staged: expected a plain relative path"),
                new Bad(
                        with("\"outside\":[{\"staged\":\"a\",\"target\":\"../../etc/passwd\"}]"),
                        "outside[0].target: expected a path beside home"),
                new Bad(
                        with("\"outside\":[{\"staged\":\"a\",\"target\":\"/etc/passwd\"}]"),
                        "outside[0].target: expected a path beside home"),
                new Bad(
                        with("\"outside\":[{\"staged\":\"a\",\"target\":\"a\"}]"),
                        "outside[0].target: expected a path beside home"),
                new Bad(with("\"mutable\":[\"/log\"]"), "mutable[0]: expected a plain path relative to home"),
                new Bad(with("\"mutable\":[\"/\"]"), "mutable[0]: expected a plain path relative to home"),
                new Bad(with("\"mutable\":[\"a/../../b/\"]"), "mutable[0]: expected a plain path relative to home"),
                new Bad(
                        with("\"mutable\":[\"log/\",\"package_statuses.json\"]"),
                        "mutable: expected log/, tmp/, package_statuses.json among others, found log/,"
                                + " package_statuses"),
                new Bad(
                        with("\"status-file\":\"../s\""),
                        "status-file: expected a plain relative path, found \"../s\""),
                new Bad(with("\"status-file\":\"a\\\\b\""), "status-file: expected a plain relative path"),
                new Bad(with("\"status-file\":\"s:stream\""), "status-file: expected a plain relative path"),
                new Bad(
                        with("\"health\":{\"window-ms\":\"x\"}"),
                        "health.window-ms: expected milliseconds > 0, at most 86400000, found \"x\""),
                new Bad(with("\"health\":{\"window-ms\":0}"), "health.window-ms: expected milliseconds > 0"),
                new Bad(with("\"health\":{\"window-ms\":1.5}"), "health.window-ms: expected milliseconds > 0"),
                new Bad(with("\"health\":{\"poll-ms\":-1}"), "health.poll-ms: expected milliseconds > 0"),
                new Bad(with("\"health\":{\"settle-ms\":-1}"), "health.settle-ms: expected milliseconds >= 0"),
                new Bad(
                        with("\"health\":{\"window\":1}"),
                        "health.window: expected one of poll-ms, probation-ms, probes, settle-ms, status-after-success, window-ms"),
                new Bad(
                        with("\"prepare-budget-ms\":99999999999999999999"),
                        "prepare-budget-ms: expected milliseconds > 0"),
                new Bad(with("\"policy\":{\"attempts\":-1}"), "policy.attempts: expected a number from 0 to 1000"),
                new Bad(with("\"policy\":{\"start\":true}"), "policy.start: expected one of attempts,"),
                new Bad(
                        with("\"rehearsal\":[{\"argv\":[\"check\"]}]"),
                        "rehearsal[0].argv: expected a command by absolute"),
                new Bad(probes("[]"), "health.probes: expected 1 to 16 probes"),
                new Bad(probes("[{\"ready\":{}},{\"ready\":{}}]"), "health.probes: expected different probes"),
                new Bad(probes("[{}]"), "health.probes[0]: expected an object with one of status-file, http,"),
                new Bad(
                        probes("[{\"ready\":{},\"status-file\":{}}]"),
                        "health.probes[0]: expected an object with one of"),
                new Bad(probes("[{\"redy\":{}}]"), "health.probes[0].redy: expected one of command, http, ready"),
                new Bad(
                        probes("[{\"http\":{\"url\":\"http://10.0.0.1/\"}}]"),
                        "health.probes[0].http.url: expected an http or https URL on a loopback address"),
                new Bad(probes("[{\"http\":{\"url\":\"http://127.0.0.1.evil.example/\"}}]"), "on a loopback address"),
                new Bad(probes("[{\"http\":{\"url\":\"http://user@127.0.0.1/\"}}]"), "on a loopback address"),
                new Bad(probes("[{\"http\":{\"url\":\"file:///etc/passwd\"}}]"), "on a loopback address"),
                new Bad(probes("[{\"http\":{\"url\":\"http://127.0.0.1 x/\"}}]"), "on a loopback address"),
                new Bad(
                        probes("[{\"http\":{\"url\":\"http://localhost/\",\"status\":99}}]"),
                        "health.probes[0].http.status: expected a number from 200 to 599"),
                new Bad(
                        probes("[{\"command\":{\"argv\":[\"curl\",\"x\"]}}]"),
                        "health.probes[0].command.argv: expected a command by absolute path"),
                new Bad(probes("[{\"command\":{\"argv\":[]}}]"), "expected a command by absolute path"),
                new Bad(probes("[{\"running\":{}}]"), "health.probes[0].running.for-ms: expected a value"),
                new Bad(with("\"retention\":{\"kept-bytes\":-1}"), "retention.kept-bytes: expected bytes >= 0"),
                new Bad(trust("\"required\":1"), "trust.required: expected true or false, found 1"),
                new Bad(
                        trust("\"require\":true"),
                        "trust.require: expected one of fresh-days, required, roots, threshold"),
                new Bad(
                        trust("\"roots\":[\"" + ROOT + "\",\"RWQ\"]"),
                        "trust.roots[1]: expected a public key of signify, the second line of its file"),
                // A point of small order.
                new Bad(
                        trust("\"roots\":[\"RWTliwMVXkDG+QAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]"),
                        "trust.roots[0]: expected a public key"),
                new Bad(trust("\"roots\":\"" + ROOT + "\""), "trust.roots: expected an array"),
                new Bad(
                        trust("\"roots\":[" + ("\"" + ROOT + "\",").repeat(5) + "\"" + ROOT + "\"]"),
                        "at most 5 roots"),
                new Bad(trust("\"threshold\":0"), "trust.threshold: expected a number from 1 to 5"),
                new Bad(trust("\"threshold\":6"), "trust.threshold: expected a number from 1 to 5"),
                new Bad(trust("\"threshold\":1.5"), "trust.threshold: expected a number from 1 to 5"),
                new Bad(trust("\"fresh-days\":-1"), "trust.fresh-days: expected a number from 0 to 3650"),
                new Bad(trust("\"fresh-days\":3651"), "trust.fresh-days: expected a number from 0 to 3650"),
                new Bad(
                        trust("\"required\":true"),
                        "trust: expected different roots, a threshold not above their number,"),
                new Bad(trust("\"roots\":[\"" + ROOT + "\"]"), "trust: expected different roots"),
                new Bad(trust("\"roots\":[\"" + ROOT + "\",\"" + ROOT + "\"]"), "trust: expected different roots"),
                new Bad(
                        with("\"health\":{\"probation-ms\":1000},\"retention\":{\"days\":0}"),
                        "health.probation-ms: expected 0 where retention.days is 0"),
                new Bad(
                        with("\"migrations\":[{\"file\":\"a.yaml\",\"argv\":[\"/bin/true\"]}]"),
                        "migrations[0].file: expected a file that is preserved and not mutable, once, found a.yaml"),
                new Bad(
                        with("\"migrations\":[{\"file\":\"log/a\",\"argv\":[\"/bin/true\"]}],\"preserved\":[\"a\"]"),
                        "migrations[0].file: expected a file that is preserved and not mutable"),
                new Bad(with("\"health\":{\"probation-ms\":86400001}"), "health.probation-ms: expected"),
                new Bad(
                        with("\"hooks\":{\"before-stop\":[{\"argv\":[\"/bin/true\"]}]}"),
                        "hooks.before-stop[0].argv: expected a program of the bundle's hooks"),
                new Bad(
                        with("\"hooks\":{\"after-start\":[{\"argv\":[\"[HOOKS]../../bin/sh\"]}]}"),
                        "hooks.after-start[0].argv: expected a program of the bundle's hooks"),
                new Bad(with("\"x\\u001b[2J\":1"), "x\\u001B[2J: expected one of"),
                new Bad("[".repeat(100_000), "nesting depth"),
                new Bad(" ".repeat(ProductJson.MAX_BYTES) + LEAST, "expected at most 1048576 bytes, found "));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void read_badDescriptor_isRefusedNamingTheMember(Bad bad) {
        assertThatThrownBy(() -> read(bad.json()))
                .isInstanceOf(UpdateFailure.Usage.class)
                .hasMessageStartingWith("product descriptor product.json: ")
                .hasMessageContaining(bad.message())
                .hasMessageNotContaining("\n")
                .hasMessageNotContaining("\u001b");
    }
}
