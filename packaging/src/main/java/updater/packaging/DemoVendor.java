package updater.packaging;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.jlink.Command;

/** The vendor of the sample agent: installs it, and packs its updates, all in one directory. */
final class DemoVendor implements AutoCloseable {

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
    private Optional<Path> temporary = Optional.empty();

    /**
     * @param module the directory of the module {@code packaging}
     * @param runtime the directory of launcher and runtime
     * @param work a directory, which may be there, below which everything happens
     */
    DemoVendor(PrintStream out, Path module, Path runtime, Path work) {
        this.out = out;
        this.sources = module.resolve("src/sample-agent");
        this.runtime = runtime;
        this.work = work;
    }

    /** Removes what an earlier demo has left. */
    void begin() throws IOException, InterruptedException {
        Command.run(List.of("rm", "-rf", work.toString()));
        Files.createDirectories(work);
    }

    /** Describes the product as it is installed in a home. */
    Path product(Path home) throws IOException {
        String name = home.getFileName().toString();
        return Files.writeString(work.resolve(name + ".json"), PRODUCT.formatted(home, stateDirectory(name)));
    }

    /**
     * Root's updater refuses a state directory that somebody else could replace, as below another user's checkout.
     *
     * @return the product's, as its descriptor names it
     */
    private String stateDirectory(String name) throws IOException {
        if (temporary.isPresent()) {
            return temporary.get().resolve(name).toString();
        }
        if (!isRoot(work)) {
            return "[INSTALLDIR].updater";
        }
        for (Path path = work; path != null; path = path.getParent()) {
            int mode = (int) Files.getAttribute(path, "unix:mode");
            if (!isRoot(path) || ((mode & 0022) != 0 && (mode & 01000) == 0)) {
                Path elsewhere = Files.createTempDirectory("updater-demo");
                temporary = Optional.of(elsewhere);
                out.println("Others than root can write in " + path + ": the updater's state is kept in " + elsewhere);
                return elsewhere.resolve(name).toString();
            }
        }
        return "[INSTALLDIR].updater";
    }

    private static boolean isRoot(Path path) throws IOException {
        return Files.getFileStore(path).supportsFileAttributeView("unix")
                && Files.getAttribute(path, "unix:uid").equals(0);
    }

    /**
     * Packs the update to a version.
     *
     * @param name of the bundle
     * @param options for {@code make-tree}
     */
    Path pack(String name, String version, Path product, List<String> options)
            throws IOException, UpdateFailure, InterruptedException {
        Path files = work.resolve("files-of-" + name);
        List<String> all = new ArrayList<>(List.of("--bundle"));
        all.addAll(options);
        install(version, files, all);
        Path bundle = work.resolve(name + ".tar.gz");
        out.println("$ packaging/bundle --product " + shown(product) + " " + shown(bundle) + " " + shown(files));
        new UpdateBundle(files, runtime, Optional.of(product), UpdateBundle.DEFAULT_MODIFIED).write(bundle);
        out.printf("  %.1f MiB%n", Files.size(bundle) / (1024.0 * 1024.0));
        return bundle;
    }

    /** Writes the files of a version, to be run as a supervised process. */
    void install(String version, Path directory, List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("sh", sources.resolve("make-tree").toString(), "--process", "--version", version));
        command.addAll(options);
        command.add(directory.toString());
        Command.run(command);
    }

    private String shown(Path path) {
        return work.relativize(path).toString();
    }

    /** Removes the state that had to be kept elsewhere. Idempotent. */
    @Override
    public void close() throws IOException {
        if (temporary.isEmpty()) {
            return;
        }
        try {
            Command.run(List.of("rm", "-rf", temporary.get().toString()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
