package updater.jlink;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import updater.release.FileList;
import updater.release.ReleaseRefused;

/**
 * Runs one real update in a sandbox, for the ahead-of-time cache to hold what an update uses.
 *
 * <p>The new agent reports that its installation failed, so the update also rolls back, proves that and starts the old
 * agent again: that is all of an update but its commit, which nobody waits for.
 */
final class TrainingUpdate {
    private static final int ROLLED_BACK = 1;
    private static final int LIMIT_SECONDS = 120;
    private static final String LAUNCHER = "updater";

    private static final String STATUS = """
            {"package_states":{"training":{"name":"training","agent_version":"v1","server_version":"v2","status":2}}}
            """;

    private static final String DEFINITION = """
            command = "[INSTALLDIR]agent"
            stop-timeout-ms = 5000
            """;

    private final Path bundle;
    private final Path home;

    private TrainingUpdate(Path bundle, Path work) {
        this.bundle = bundle;
        this.home = work.resolve("home");
    }

    /** Takes the directory of launcher and runtime, and one to work in, which is emptied first. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path named = Path.of(arguments[1]).toAbsolutePath().normalize();
        Path work = trusted(named) ? named : Files.createTempDirectory("updater-training");
        new ImageFiles(work).remove();
        TrainingUpdate training =
                new TrainingUpdate(Path.of(arguments[0]).toAbsolutePath().normalize(), Files.createDirectories(work));
        Process old = training.install();
        try {
            training.stage();
            training.update();
        } finally {
            training.stopAgents(old);
        }
        new ImageFiles(work).remove();
    }

    /**
     * Tells whether an update may keep its state there: root's refuses to below directories that others can write in, as
     * in a checkout that belongs to somebody else.
     */
    private static boolean trusted(Path work) throws IOException {
        if (!Files.exists(Path.of("/proc/self")) || !isRoots(Path.of("/proc/self"))) {
            return true;
        }
        for (Path path = work; path != null; path = path.getParent()) {
            if (Files.exists(path) && (!isRoots(path) || othersWrite(path))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isRoots(Path path) throws IOException {
        return Files.getAttribute(path, "unix:uid").equals(0);
    }

    private static boolean othersWrite(Path path) throws IOException {
        int mode = (int) Files.getAttribute(path, "unix:mode");
        return (mode & 0022) != 0 && (mode & 01000) == 0;
    }

    private Process install() throws IOException {
        writeVersion(home, "v1");
        write(home.resolve("package_statuses.json"), STATUS, false);
        write(home.resolve("training.process"), DEFINITION, false);
        Files.createDirectories(home.resolve("storage/empty"));
        Process agent = new ProcessBuilder(home.resolve("agent").toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        write(pidFile(), agent.pid() + "\n", false);
        return agent;
    }

    private void stage() throws IOException {
        Path staged = home.resolve("tmp/latest");
        writeVersion(staged, "v2");
        write(staged.resolve("plugins/added/only.yaml"), "new\n", false);
        write(staged.resolve("install/training.process"), DEFINITION + "# v2\n", false);
        try (Stream<Path> paths = Files.walk(bundle.resolve("updater-runtime"))) {
            for (Path path : paths.toList()) {
                Path copy = staged.resolve(bundle.relativize(path).toString());
                Files.copy(path, copy, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        for (Path copy : List.of(staged.resolve(LAUNCHER), home.resolve(LAUNCHER))) {
            write(copy, launcher(), true);
        }
        write(staged.resolve("updater-runtime/product.json"), product(), false);
        listFiles(staged);
    }

    /** The updater compares what is staged with the list of a bundle's files: that takes much of the platform. */
    private static void listFiles(Path staged) throws IOException {
        Path list = staged.resolve(FileList.FILE);
        Files.createDirectories(staged.resolve(FileList.DIRECTORY));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(list))) {
            FileList.write(staged, out);
        } catch (ReleaseRefused e) {
            throw new BuildFailure("the staged tree of the training has no list of files: " + e.getMessage());
        }
    }

    /** The state directory is the training's own, in home. */
    private String launcher() throws IOException {
        String text = Files.readString(bundle.resolve(LAUNCHER));
        String changed = text.replaceFirst("(?m)^state_directory='.*'$", "state_directory='.updater'");
        if (changed.equals(text)) {
            throw new BuildFailure("the launcher does not say where its state directory is");
        }
        return changed;
    }

    private static void writeVersion(Path root, String version) throws IOException {
        write(root.resolve("agent"), agent(version), true);
        write(root.resolve("config.yaml"), "of: " + version + "\n", false);
        write(root.resolve("VERSION"), version + "\n", false);
        write(root.resolve("plugins/common.yaml"), "version: " + version + "\n", false);
        write(root.resolve("plugins/same.yaml"), "same: always\n", false);
    }

    /** Ends by itself should nobody stop it. */
    private static String agent(String version) {
        return """
                #!/bin/sh
                cd "${0%%/*}"
                if [ %s = v2 ]; then
                    cat >package_statuses.json.new <<'STATUS'
                {"package_states":{"training":{"name":"training","agent_version":"v1","server_version":"v2","status":3,\
                "error_message":"as intended"}}}
                STATUS
                    mv package_statuses.json.new package_statuses.json
                fi
                sleep 300 &
                trap 'kill $!; exit 0' TERM
                wait
                """.formatted(version);
    }

    private String product() {
        return """
                {
                  "name": "training",
                  "package": "training",
                  "home": {"linux": {"directory": "%1$s"}, "macos": {"directory": "%1$s"}},
                  "state-directory": {"linux": "[INSTALLDIR].updater", "macos": "[INSTALLDIR].updater"},
                  "services": {
                    "process": {
                      "name": "training",
                      "definition": "install/training.process",
                      "installed": "[INSTALLDIR]training.process"
                    }
                  },
                  "preserved": ["config.yaml"],
                  "outside": [],
                  "mutable": ["log/", "tmp/", "package_statuses.json"],
                  "status-file": "package_statuses.json",
                  "health": {"window-ms": 10000, "poll-ms": 100, "settle-ms": 500},
                  "prepare-budget-ms": 15000,
                  "retention": {"kept-bytes": 1048576}
                }
                """.formatted(home);
    }

    private void update() throws IOException, InterruptedException {
        Path output = home.resolveSibling("output");
        Process updater = new ProcessBuilder(home.resolve(LAUNCHER).toString())
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!updater.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            updater.destroyForcibly();
            throw new BuildFailure("the training update does not end\n" + Files.readString(output));
        }
        if (updater.exitValue() != ROLLED_BACK
                || !text("log/updater-report.json").contains("\"ROLLED_BACK\"")) {
            throw new BuildFailure("the training update ended with exit code " + updater.exitValue()
                    + " instead of rolling back\n" + Files.readString(output) + text("log/updater.log"));
        }
    }

    private String text(String file) throws IOException {
        Path path = home.resolve(file);
        return Files.exists(path) ? Files.readString(path) : "";
    }

    /** The second one was started by the updater. */
    private void stopAgents(Process old) throws IOException {
        if (Files.exists(pidFile(), LinkOption.NOFOLLOW_LINKS)) {
            String pid = Files.readAllLines(pidFile()).getFirst();
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroy);
        }
        old.destroy();
    }

    private Path pidFile() {
        return home.resolve("log/training.pid");
    }

    private static void write(Path file, String text, boolean executable) throws IOException {
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.writeString(file, text);
        ImageFiles.setExecutable(file, executable);
    }
}
