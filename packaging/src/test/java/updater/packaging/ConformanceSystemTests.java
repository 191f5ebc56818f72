package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The conformance suite of providers on whole hosts: real scripts, real commands, the real init. */
@SystemTest
final class ConformanceSystemTests {
    private static final Duration SUITE = Duration.ofMinutes(5);

    /** Where a box sees this host's own files, to run its JVM and the tests' classes from there. */
    private static final String HOST = "/host";

    @ParameterizedTest
    @EnumSource
    void provider_onItsOwnHost_conforms(ScriptHost init) {
        try (Box box = Box.off(BoxSpec.of(init.root(), init))) {
            box.disk()
                    .exec("sh", "-c", "mkdir /mnt/root" + HOST + " && mount --bind / /mnt/root" + HOST)
                    .ok();
            box.powerOn();

            Command.Result result = box.exec(
                    SUITE,
                    HOST + System.getProperty("java.home") + "/bin/java",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-cp",
                    classPath(),
                    "updater.service.linux.HostConformance",
                    init.updatersName());

            assertThat(result.exit()).as(result.out() + result.err()).isZero();
            List<String> lines = result.out().lines().toList();
            assertThat(lines.stream().filter(line -> line.startsWith("ok "))).hasSizeGreaterThan(40);
            assertThat(lines.stream().filter(line -> line.startsWith("skipped ")))
                    .hasSizeLessThan(5);
        }
    }

    /** Surefire hands its tests a jar that only names the class path. */
    private static String classPath() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(path.split(File.pathSeparator, -1))
                .map(entry -> HOST + new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
