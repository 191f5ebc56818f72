package updater.bundle;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;

@DisabledOnOs(OS.WINDOWS)
class BundleLayoutTests {
    @TempDir
    private Path directory;

    private List<BundleEntry> entries(String name) throws Exception {
        BundleBuilder builder = new BundleBuilder(Instant.EPOCH);
        builder.add("", directory.resolve(name));
        return builder.entries();
    }

    @Test
    void require_launcherAndRuntime_isABundle() throws Exception {
        Trees.sample(directory.resolve("source"));
        List<BundleEntry> entries = entries("source");

        assertThatCode(() -> BundleLayout.require(entries)).doesNotThrowAnyException();
    }

    @Test
    void require_neitherLauncherNorRuntime_refusedWithBoth() throws Exception {
        Trees.write(directory.resolve("agent/agent"), "x", "rwxr-xr-x");
        List<BundleEntry> entries = entries("agent");

        assertThatThrownBy(() -> BundleLayout.require(entries))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContainingAll("there is no launcher", "there is no runtime");
    }

    @Test
    void require_launcherNotExecutable_isRefused() throws Exception {
        Trees.sample(directory.resolve("source"));
        Trees.write(directory.resolve("source/updater"), "x", "rw-r--r--");
        List<BundleEntry> entries = entries("source");

        assertThatThrownBy(() -> BundleLayout.require(entries)).hasMessageContaining("'updater' is not executable");
    }

    @Test
    void require_descriptorThatIsADirectory_isRefused() throws Exception {
        Trees.write(directory.resolve("other/updater-runtime/product.json/x"), "x", "rw-r--r--");
        Trees.write(directory.resolve("other/updater"), "x", "rwxr-xr-x");
        List<BundleEntry> entries = entries("other");

        assertThatThrownBy(() -> BundleLayout.require(entries)).hasMessageContaining("is a directory");
    }
}
