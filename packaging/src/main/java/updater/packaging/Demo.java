package updater.packaging;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.jlink.BuildFailure;
import updater.jlink.Command;
import updater.testkit.SnapshotDiff;
import updater.testkit.TreeSnapshot;

/**
 * Shows an agent update itself from a tarball: v1 to v2, which does well, and v2 to v3, which does not. Works in
 * {@code target/demo} alone, and ends every process it started.
 */
public final class Demo {

    private static final String PRODUCT = """
            {
              "name": "sample-agent",
              "package": "sample-agent",
              "home": {"linux": {"directory": "%1$s"}, "macos": {"directory": "%1$s"}},
              "state-directory": {"linux": "%2$s", "macos": "%2$s"},
              "services": {
                "process": {
                  "name": "agent",
                  "definition": "install/agent.process",
                  "installed": "[INSTALLDIR]agent.process"
                }
              },
              "preserved": ["config.yaml", "logging.yaml", "manager.yaml"]
            }
            """;

    private final PrintStream out;
    private final Path sources;
    private final Path runtime;
    private final Path work;
    private final DemoAgent agent;
    private Optional<Path> temporary = Optional.empty();

    private Demo(PrintStream out, Path module, Path runtime) {
        this.out = out;
        this.sources = module.resolve("src/sample-agent");
        this.runtime = runtime;
        this.work = module.resolve("target/demo");
        this.agent = new DemoAgent(work.resolve("home"));
    }

    /** Takes the directory of the module {@code packaging} and the one of launcher and runtime; ends with 0 or 1. */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path module = Path.of(arguments[0]).toRealPath();
        Demo demo = new Demo(out, module, Path.of(arguments[1]).toRealPath());
        boolean good;
        try (demo.agent) {
            // An earlier demo that was interrupted left its agent.
            demo.agent.close();
            good = demo.run();
        } catch (IllegalStateException | BuildFailure | UpdateFailure | IOException e) {
            System.err.println("the demo failed: " + e.getMessage());
            good = false;
        } finally {
            if (demo.temporary.isPresent()) {
                Command.run(List.of("rm", "-rf", demo.temporary.get().toString()));
            }
        }
        System.exit(good ? 0 : 1);
    }

    private boolean run() throws IOException, UpdateFailure, InterruptedException {
        Command.run(List.of("rm", "-rf", work.toString()));
        Files.createDirectories(work);
        Path product =
                Files.writeString(work.resolve("product.json"), PRODUCT.formatted(agent.home(), stateDirectory()));

        title("A sample agent v1 is installed and runs");
        tree("v1", agent.home(), List.of("--process"));
        agent.start();
        agent.awaitVersion("v1");
        out.println(agent.home() + ", process " + agent.pid());

        title("Its vendor packs two update tarballs: v2, and v3, which will report that its installation failed");
        Path v2 = pack("v2", product, List.of());
        Path v3 = pack("v3", product, List.of("--behaviour", "report failed"));

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

    /**
     * Root's updater refuses a state directory that somebody else could replace, as below another user's checkout.
     *
     * @return the product's, as its descriptor names it
     */
    private String stateDirectory() throws IOException {
        if (!isRoot(work)) {
            return "[INSTALLDIR].updater";
        }
        for (Path path = work; path != null; path = path.getParent()) {
            int mode = (int) Files.getAttribute(path, "unix:mode");
            if (!isRoot(path) || ((mode & 0022) != 0 && (mode & 01000) == 0)) {
                Path elsewhere = Files.createTempDirectory("updater-demo");
                temporary = Optional.of(elsewhere);
                out.println("Others than root can write in " + path + ": the updater's state is kept in " + elsewhere);
                return elsewhere.toString();
            }
        }
        return "[INSTALLDIR].updater";
    }

    private static boolean isRoot(Path path) throws IOException {
        return Files.getFileStore(path).supportsFileAttributeView("unix")
                && Files.getAttribute(path, "unix:uid").equals(0);
    }

    private Path pack(String version, Path product, List<String> options)
            throws IOException, UpdateFailure, InterruptedException {
        Path files = work.resolve("agent-" + version);
        List<String> all = new ArrayList<>(List.of("--process", "--bundle"));
        all.addAll(options);
        tree(version, files, all);
        Path bundle = work.resolve("sample-agent-" + version + ".tar.gz");
        out.println("$ packaging/bundle --product " + shown(product) + " " + shown(bundle) + " " + shown(files));
        new UpdateBundle(files, runtime, Optional.of(product), UpdateBundle.DEFAULT_MODIFIED).write(bundle);
        out.printf("  %.1f MiB%n", Files.size(bundle) / (1024.0 * 1024.0));
        return bundle;
    }

    private void tree(String version, Path directory, List<String> options) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("sh", sources.resolve("make-tree").toString(), "--version", version));
        command.addAll(options);
        command.add(directory.toString());
        Command.run(command);
    }

    private String shown(Path path) {
        return work.relativize(path).toString();
    }

    private void title(String text) {
        out.println();
        out.println("=== " + text);
    }
}
