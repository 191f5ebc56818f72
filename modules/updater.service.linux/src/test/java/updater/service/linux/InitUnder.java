package updater.service.linux;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.conformance.ServiceBench;

/** The init systems of the providers' own tests, for tests of other modules. Their processes are real. */
public final class InitUnder {
    private InitUnder() {}

    /** @param careful whether the agent's script does as the Linux Standard Base asks for it */
    public static ServiceBench sysV(Path root, boolean careful) throws IOException {
        return new SysVBench(root, careful ? SysVBench.Script.CAREFUL : SysVBench.Script.CARELESS);
    }

    public static ServiceBench openRc(Path root) throws IOException {
        return new OpenRcBench(root);
    }
}
