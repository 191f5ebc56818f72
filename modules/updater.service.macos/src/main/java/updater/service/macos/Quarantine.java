package updater.service.macos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import updater.api.UpdateFailure;
import updater.api.service.ArgumentBatches;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;
import updater.api.service.Quotation;

/**
 * The mark of files that came from elsewhere, {@code com.apple.quarantine}, which the updater removes: for it
 * Gatekeeper would assess a program when it is first executed, and refuse one that is not notarised. All other
 * attributes stay.
 */
record Quarantine(Commands commands, List<Path> candidates) {
    private static final String ATTRIBUTE = "com.apple.quarantine";

    /** An eighth of what macOS allows for arguments and environment together (ARG_MAX, 1 MiB). */
    private static final int BATCH_BYTES = 128 * 1024;

    private static final Duration BATCH_BOUND = Duration.ofSeconds(60);

    Quarantine(Commands commands, Path root) {
        this(commands, List.of(root.resolve("usr/bin/xattr")));
    }

    Optional<String> warning() {
        return commands.find(candidates).isEmpty()
                ? Optional.of("none of " + candidates + " exists: new files keep the attribute " + ATTRIBUTE
                        + " where they were unpacked with it")
                : Optional.empty();
    }

    /** Idempotent; a file without the mark, or one that has vanished since, is none the worse. Follows no link. */
    void remove(List<Path> placed) throws UpdateFailure.Service {
        Optional<Path> xattr = commands.find(candidates);
        if (xattr.isEmpty()) {
            return;
        }
        for (List<String> batch : ArgumentBatches.of(placed, BATCH_BYTES)) {
            remove(xattr.get(), batch);
        }
    }

    private void remove(Path xattr, List<String> paths) throws UpdateFailure.Service {
        List<String> argv = new ArrayList<>(List.of(xattr.toString(), "-d", "-s", ATTRIBUTE));
        argv.addAll(paths);
        Result result = commands.run(argv, BATCH_BOUND);
        if (result.succeeded()) {
            return;
        }
        // It goes on with the next file after each complaint, which begins with its name; a path may hold line feeds.
        List<String> complaints = Stream.of(result.err().split("(?m)^xattr: "))
                .map(String::strip)
                .filter(said -> !said.isEmpty())
                .toList();
        List<String> problems = complaints.stream()
                .filter(said -> !said.contains("No such xattr") && !said.contains("No such file"))
                .toList();
        if (!problems.isEmpty() || complaints.isEmpty()) {
            throw new UpdateFailure.Service(
                    "xattr could not remove %s from %d files, the first of them %s: it ended with %d: %s"
                            .formatted(
                                    ATTRIBUTE,
                                    paths.size(),
                                    paths.getFirst(),
                                    result.exit(),
                                    Quotation.of(problems.isEmpty() ? "" : problems.getFirst())),
                    "Try by hand: xattr -l " + paths.getFirst());
        }
    }
}
