package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.json.Printable;
import updater.transaction.context.EventLog;

/**
 * One run of the program that the guard will run, while nothing has happened yet. A guard that cannot run would be found
 * out only by a crash, with the agent down.
 */
record GuardTrial(Commands commands, HomeLayout layout, EventLog log) {
    private static final Duration BOUND = Duration.ofSeconds(10);
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final int MOUNT_POINT = 4;
    private static final int OPTIONS = 5;

    /**
     * Runs the launcher in the state directory for nothing but its version. Changes nothing.
     *
     * @throws UpdateFailure.Refused when it cannot be started, does not end, or fails
     */
    void run() throws UpdateFailure.Refused {
        Path launcher = layout.stateLauncher();
        if (!Files.exists(launcher, LinkOption.NOFOLLOW_LINKS)) {
            log.warning("no launcher is installed: what the guard runs cannot be tried", "path", launcher);
            return;
        }
        try {
            Commands.Result result = commands.run(List.of(launcher.toString(), "--version"), BOUND);
            if (!result.succeeded()) {
                throw refused("ended with exit code " + result.exit() + ": " + shown(result));
            }
        } catch (UpdateFailure.Service e) {
            UpdateFailure.Refused refused = refused("failed: " + e.getMessage());
            refused.addSuppressed(e);
            throw refused;
        }
    }

    private static String shown(Commands.Result result) {
        return Printable.text((result.err().isBlank() ? result.out() : result.err()).strip());
    }

    private UpdateFailure.Refused refused(String what) {
        Path launcher = layout.stateLauncher();
        Optional<String> mount = mountWithoutPrograms(launcher);
        String message = "the guard could not finish an update that is interrupted: '" + launcher + " --version' " + what;
        String advice = mount.map(point -> point + " is mounted with noexec: run 'mount -o remount,exec " + point
                        + "', or name another state directory in the product descriptor")
                .orElse("Run it by hand and remove what it complains of");
        return new UpdateFailure.Refused(message, advice);
    }

    /** Returns the mount point that {@code path} lies below, when no program can be executed there. */
    private static Optional<String> mountWithoutPrograms(Path path) {
        Optional<String> found = Optional.empty();
        int depth = -1;
        try {
            for (String line : Files.readAllLines(MOUNTS)) {
                String[] fields = line.split(" ", -1);
                if (fields.length <= OPTIONS) {
                    continue;
                }
                Path point = Path.of(fields[MOUNT_POINT].replace("\\040", " "));
                // Of several mounts on one directory, the last one is seen.
                if (path.startsWith(point) && point.getNameCount() >= depth) {
                    depth = point.getNameCount();
                    found = List.of(fields[OPTIONS].split(",", -1)).contains("noexec")
                            ? Optional.of(point.toString())
                            : Optional.empty();
                }
            }
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
        return found;
    }
}
