package updater.packaging;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

/** Tests that share a booted host whose agent is an init script. */
abstract class OnScriptHost {
    private static Box shared;

    @TempDir
    Path scratch;

    private final ScriptHost init;

    OnScriptHost(ScriptHost init) {
        this.init = init;
    }

    @AfterAll
    static void closeBox() {
        if (shared != null) {
            shared.close();
            shared = null;
        }
    }

    /** Returns the host, booted anew where a test has ended it. */
    final Box box() {
        if (shared == null || !shared.isRunning()) {
            closeBox();
            shared = Box.boot(BoxSpec.of(init.root(), init));
        }
        return shared;
    }

    final ScriptHost init() {
        return init;
    }
}
