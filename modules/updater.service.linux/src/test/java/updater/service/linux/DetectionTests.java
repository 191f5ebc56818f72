package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.service.ServiceManagerProvider;
import updater.api.service.ServiceManagerProvider.Detection;
import updater.api.service.ServiceManagerProvider.Fit;

/** Every command of every init is installed everywhere here: what runs decides. */
class DetectionTests {
    @TempDir
    Path root;

    private final FakeSystemd commands = new FakeSystemd();

    @BeforeEach
    void installEverything() throws Exception {
        for (String directory : List.of("etc/init.d", "etc/rc2.d", "proc/1", "run")) {
            Files.createDirectories(root.resolve(directory));
        }
        Files.writeString(root.resolve("proc/1/comm"), "init\n");
    }

    private Map<String, Detection> found() {
        List<ServiceManagerProvider> providers = List.of(
                new SystemdProvider(root),
                new OpenRcProvider(root, root.resolve("proc"), Duration.ZERO),
                new SysVProvider(root, root.resolve("proc"), Duration.ZERO));
        return providers.stream()
                .collect(Collectors.toMap(ServiceManagerProvider::name, provider -> provider.detect(commands)));
    }

    private List<String> running() {
        return found().entrySet().stream()
                .filter(entry -> entry.getValue().fit() == Fit.RUNS)
                .map(Map.Entry::getKey)
                .toList();
    }

    @Test
    void detect_plainInitWithRunlevels_sysv() {
        assertThat(running()).containsExactly("sysv");
        assertThat(found().get("openrc").reason()).isEqualTo("/run/openrc/softlevel does not exist");
    }

    @Test
    void detect_openRcHasBooted_openrc() throws Exception {
        Files.createDirectories(root.resolve("run/openrc"));
        Files.writeString(root.resolve("run/openrc/softlevel"), "default");

        assertThat(running()).containsExactly("openrc");
        assertThat(found().get("sysv").reason()).contains("OpenRC runs this host");
    }

    @Test
    void detect_systemdRuns_systemd() throws Exception {
        Files.createDirectories(root.resolve("run/systemd/system"));
        Files.createDirectories(root.resolve("run/openrc"));
        Files.writeString(root.resolve("run/openrc/softlevel"), "default");

        assertThat(running()).containsExactly("systemd");
    }

    @Test
    void detect_container_none() throws Exception {
        Files.writeString(root.resolve("proc/1/comm"), "java\n");

        assertThat(running()).isEmpty();
        assertThat(found().get("sysv").reason()).isEqualTo("process 1 is java, and not init");
    }

    @Test
    void detect_busyBoxInit_none() throws Exception {
        Files.createSymbolicLink(root.resolve("proc/1/exe"), Path.of("/bin/busybox"));

        assertThat(running()).isEmpty();
    }

    @Test
    void detect_initWithoutRunlevels_none() throws Exception {
        Files.delete(root.resolve("etc/rc2.d"));

        assertThat(running()).isEmpty();
        assertThat(found().get("sysv").reason()).contains("/etc/rc2.d is missing");
    }

    @Test
    void detect_redHatsRunlevels_sysv() throws Exception {
        Files.delete(root.resolve("etc/rc2.d"));
        Files.createDirectories(root.resolve("etc/rc.d/rc2.d"));

        assertThat(running()).containsExactly("sysv");
    }
}
