package updater.packaging;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import updater.api.UpdateFailure;
import updater.jlink.BuildFailure;
import updater.testkit.SnapshotDiff;
import updater.testkit.TreeSnapshot;

/**
 * Shows an agent update itself from a tarball: v1 to v2, which does well, and v2 to v3, which does not. Works in
 * {@code target/demo} alone, and ends every process it started.
 */
public final class Demo {

    private final PrintStream out;
    private final DemoVendor vendor;
    private final DemoAgent agent;

    private Demo(PrintStream out, DemoVendor vendor, Path work) {
        this.out = out;
        this.vendor = vendor;
        this.agent = new DemoAgent(work.resolve("home"));
    }

    /** Takes the directory of the module {@code packaging} and the one of launcher and runtime; ends with 0 or 1. */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path module = Path.of(arguments[0]).toRealPath();
        Path work = module.resolve("target/demo");
        boolean good;
        try (DemoVendor vendor =
                new DemoVendor(out, module, Path.of(arguments[1]).toRealPath(), work)) {
            good = new Demo(out, vendor, work).runAndEnd();
        } catch (IllegalStateException | BuildFailure | UpdateFailure | IOException e) {
            System.err.println("the demo failed: " + e.getMessage());
            good = false;
        }
        System.exit(good ? 0 : 1);
    }

    private boolean runAndEnd() throws IOException, UpdateFailure, InterruptedException {
        try (agent) {
            // An earlier demo that was interrupted left its agent.
            agent.close();
            return run();
        }
    }

    private boolean run() throws IOException, UpdateFailure, InterruptedException {
        vendor.begin();
        Path product = vendor.product(agent.home());

        title("A sample agent v1 is installed and runs");
        vendor.install("v1", agent.home(), List.of());
        agent.start();
        agent.awaitVersion("v1");
        out.println(agent.home() + ", process " + agent.pid());

        title("Its vendor packs two update tarballs: v2, and v3, which will report that its installation failed");
        Path v2 = vendor.pack("sample-agent-v2", "v2", product, List.of());
        Path v3 = vendor.pack("sample-agent-v3", "v3", product, List.of("--behaviour", "report failed"));

        title("The agent unpacks v2, copies its launcher to home and runs it");
        boolean updated = agent.update(v2, "v2");
        out.println(agent.status());
        agent.awaitVersion("v2");
        TreeSnapshot before = agent.tree();

        title("The same with v3");
        boolean again = agent.update(v3, "v3");
        out.println(agent.status());
        agent.awaitVersion("v2");
        TreeSnapshot after = agent.tree();

        title("Is v2 back exactly? Home before that update, and after it:");
        out.print(SnapshotDiff.text(before, after));
        List<String> changes = after.changesSince(before);
        boolean good = updated && !again && changes.isEmpty();
        out.println();
        out.println(
                good
                        ? "v2 runs as process " + agent.pid() + ", and all "
                                + before.entries().size()
                                + " paths are what they were: type, bytes, owner, mode, time and attributes."
                        : "That is not how it should have ended: " + changes);
        out.println("Logs and reports are in " + agent.home().resolve("log") + ".");
        return good;
    }

    private void title(String text) {
        out.println();
        out.println("=== " + text);
    }
}
