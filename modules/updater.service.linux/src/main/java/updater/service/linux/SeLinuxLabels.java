package updater.service.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.ArgumentBatches;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;
import updater.api.service.Quotation;

/**
 * The labels that SELinux's policy has for the paths of placed files: a renamed file would keep the one it was staged
 * with.
 */
record SeLinuxLabels(Commands commands, Path root) {
    static final List<Path> CANDIDATES = List.of(Path.of("/usr/sbin/restorecon"), Path.of("/sbin/restorecon"));

    /** Far below the 128 KiB that Linux has always allowed for arguments and environment together. */
    private static final int BATCH_BYTES = 64 * 1024;

    private static final Duration BATCH_BOUND = Duration.ofSeconds(60);

    private boolean enabled() {
        return Files.exists(root.resolve("sys/fs/selinux/enforce"));
    }

    /** Returns what stands in the way of labels: worth saying, but no reason to leave a host without its update. */
    Optional<String> warning() {
        return enabled() && commands.find(CANDIDATES).isEmpty()
                ? Optional.of("SELinux is on, but restorecon (package policycoreutils) is missing:"
                        + " new files keep the label they were unpacked with")
                : Optional.empty();
    }

    /** Idempotent. Does nothing where SELinux is off. */
    void restore(List<Path> placed) throws UpdateFailure.Service {
        Optional<Path> restorecon = commands.find(CANDIDATES);
        if (!enabled() || restorecon.isEmpty()) {
            return;
        }
        for (List<String> batch : ArgumentBatches.of(placed, BATCH_BYTES)) {
            restore(restorecon.get(), batch);
        }
    }

    private void restore(Path restorecon, List<String> paths) throws UpdateFailure.Service {
        // -i: what has vanished since needs no label.
        List<String> argv = new ArrayList<>(List.of(restorecon.toString(), "-i", "--"));
        argv.addAll(paths);
        Result result = commands.run(argv, BATCH_BOUND);
        if (!result.succeeded()) {
            throw new UpdateFailure.Service(
                    "restorecon could not label %d files, the first of them %s: it ended with %d: %s"
                            .formatted(paths.size(), paths.getFirst(), result.exit(), Quotation.ofErrors(result)),
                    "Try by hand: restorecon -v " + paths.getFirst());
        }
    }
}
