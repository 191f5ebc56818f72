package updater.service.macos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.ServiceManager;

class QuarantineTests {
    @TempDir
    Path root;

    private VirtualMac mac;
    private ServiceManager service;

    @BeforeEach
    void open() throws Exception {
        mac = new VirtualMac(root);
        service = mac.open();
    }

    @Test
    void relabel_placed_losesTheMarkAndFollowsNoLink() throws Exception {
        service.relabel(List.of(Path.of("/opt/a"), Path.of("/opt/b c")));

        assertThat(mac.xattrCalls).containsExactly(List.of("-d", "-s", "com.apple.quarantine", "/opt/a", "/opt/b c"));
    }

    @Test
    void relabel_manyFiles_callsOfABoundedLength() throws Exception {
        List<Path> placed = IntStream.range(0, 20_000)
                .mapToObj(i -> Path.of("/opt/observiq-otel-collector/plugins/some_plugin_" + i + ".yaml"))
                .toList();

        service.relabel(placed);

        assertThat(mac.xattrCalls).hasSizeBetween(10, 50);
        assertThat(mac.xattrCalls.stream()
                        .flatMap(call -> call.subList(3, call.size()).stream())
                        .map(Path::of)
                        .toList())
                .isEqualTo(placed);
        assertThat(mac.xattrCalls)
                .allSatisfy(call -> assertThat(String.join(" ", call).length()).isLessThan(128 * 1024));
    }

    @Test
    void relabel_filesWithoutTheMark_isNoFailureAndTheRestIsStillDone() throws Exception {
        mac.xattrResult = new Result(
                1,
                "",
                "xattr: /opt/a: No such xattr: com.apple.quarantine\n"
                        + "xattr: /opt/b\nc: No such xattr: com.apple.quarantine\n"
                        + "xattr: No such file: /opt/gone\n");

        // Two calls' worth of them: a complaint must not end the work either.
        String name = "x".repeat(30_000);
        List<Path> placed =
                List.of(Path.of("/opt/a"), Path.of("/opt/b\nc"), Path.of("/opt", name), Path.of("/opt/gone", name));

        assertThatCode(() -> service.relabel(placed)).doesNotThrowAnyException();

        assertThat(mac.xattrCalls.stream()
                        .flatMap(call -> call.stream().skip(3))
                        .map(Path::of)
                        .toList())
                .isEqualTo(placed);
        assertThat(mac.xattrCalls).hasSizeGreaterThan(1);
    }

    @Test
    void relabel_anythingElse_fails() {
        mac.xattrResult = new Result(
                1,
                "",
                "xattr: /opt/a: No such xattr: com.apple.quarantine\n"
                        + "xattr: [Errno 1] Operation not permitted: '/opt/b'\n");

        assertThatThrownBy(() -> service.relabel(List.of(Path.of("/opt/a"), Path.of("/opt/b"))))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("Operation not permitted: '/opt/b'");

        mac.xattrResult = new Result(127, "", "");
        assertThatThrownBy(() -> service.relabel(List.of(Path.of("/opt/a")))).isInstanceOf(UpdateFailure.Service.class);
    }

    @Test
    void relabel_noXattrOnTheHost_isAWarning() throws Exception {
        assertThat(service.warnings()).isEmpty();
        mac.missing = List.of("xattr");

        service.relabel(List.of(Path.of("/opt/a")));

        assertThat(mac.xattrCalls).isEmpty();
        assertThat(service.warnings()).singleElement().asString().contains("com.apple.quarantine");
    }
}
