package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A preloaded library, with which tests let single calls fail, must see the native calls like those of the JDK. */
@EnabledOnOs(OS.LINUX)
final class PreloadTests {
    private static final String LIBRARY = """
            #include <unistd.h>
            #include <errno.h>
            #include <string.h>
            int unlinkat(int directory, const char *name, int flags) {
                (void) directory;
                (void) flags;
                if (strcmp(name, "x") == 0) { errno = EIO; return -1; }
                return 0;
            }
            """;

    @TempDir
    Path temp;

    @Test
    void nativeCalls_areSeenByAPreloadedLibrary() throws IOException, InterruptedException {
        assumeTrue(ChildJvm.has("cc"), "needs a C compiler");
        Path source = Files.writeString(temp.resolve("shim.c"), LIBRARY);
        Path library = temp.resolve("shim.so");
        ChildJvm.shell("cc -shared -fPIC -o \"$1\" \"$2\"", library, source);
        Files.createFile(Files.createDirectory(temp.resolve("tree")).resolve("x"));
        ChildJvm.Result result =
                ChildJvm.run(List.of("env", "LD_PRELOAD=" + library), TreeRemovalMain.class, temp.toString());
        assertThat(result.output())
                .contains("Input/output error", temp.resolve("tree/x").toString());
        assertThat(temp.resolve("tree/x")).exists();
    }
}
