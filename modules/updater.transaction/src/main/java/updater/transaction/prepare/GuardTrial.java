package updater.transaction.prepare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Quotation;
import updater.json.Printable;
import updater.transaction.context.EventLog;

/**
 * One run of the program that the guard will run, while nothing has happened yet. A guard that cannot run would be found
 * out only by a crash, with the agent down.
 */
record GuardTrial(Commands commands, HomeLayout layout, EventLog log, Duration bound) {
    private static final Duration LEAST = Duration.ofSeconds(10);

    /** A part of {@link #bound(Duration)}: preparing has more to do. */
    private static final int PART = 4;

    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final int MOUNT_POINT = 4;
    private static final int OPTIONS = 5;

    /** Returns how long the run may take: 10 s, or more where a product for slow hosts gives preparing more than 40 s. */
    static Duration bound(Duration prepareBudget) {
        Duration part = prepareBudget.dividedBy(PART);
        return part.compareTo(LEAST) > 0 ? part : LEAST;
    }

    /**
     * Runs the launcher in the state directory for nothing but its version. Changes nothing.
     *
     * @param required whether there has to be one; an updater that no launcher started may find none
     * @throws UpdateFailure.Refused when it is missing, cannot be started, does not end, or fails
     */
    void run(boolean required) throws UpdateFailure.Refused {
        Path launcher = layout.stateLauncher();
        if (!Files.exists(launcher, LinkOption.NOFOLLOW_LINKS)) {
            if (required) {
                throw new UpdateFailure.Refused(
                        RefusalCode.GUARD_CANNOT_RUN,
                        "the guard could not finish an update that is interrupted: " + launcher + " is missing",
                        "Copy the launcher 'updater' of the unpacked update there");
            }
            log.warning("no launcher is installed: what the guard runs cannot be tried", "path", launcher);
            return;
        }
        try {
            Commands.Result result = commands.run(List.of(launcher.toString(), "--version"), bound);
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
        return Printable.text(Quotation.ofErrors(result));
    }

    private UpdateFailure.Refused refused(String what) {
        Path launcher = layout.stateLauncher();
        Optional<String> point = mountWithoutPrograms(launcher, mounts());
        return new UpdateFailure.Refused(
                point.isPresent() ? RefusalCode.GUARD_ON_NOEXEC : RefusalCode.GUARD_CANNOT_RUN,
                "the guard could not finish an update that is interrupted: '" + launcher + " --version' " + what,
                point.map(mount -> mount + " is mounted with noexec: run 'mount -o remount,exec " + mount
                                + "', or name another state directory in the product descriptor")
                        .orElse("Run it by hand and remove what it complains of"));
    }

    private static List<String> mounts() {
        try {
            return Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // Another system, or no /proc: the cause stays unnamed.
            return List.of();
        }
    }

    /** Returns the mount point that {@code path} lies below, when no program can be executed there. */
    static Optional<String> mountWithoutPrograms(Path path, List<String> mounts) {
        Optional<String> found = Optional.empty();
        int depth = -1;
        for (String line : mounts) {
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
        return found;
    }
}
