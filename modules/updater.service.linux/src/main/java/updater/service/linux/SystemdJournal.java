package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;

/** What a unit and its processes have written into the journal. */
record SystemdJournal(Commands commands, String unit) {
    private static final List<Path> CANDIDATES = List.of(Path.of("/usr/bin/journalctl"), Path.of("/bin/journalctl"));
    private static final Duration ANSWER = Duration.ofSeconds(5);

    /** Returns the last lines of a time; none where there is no journal. */
    List<String> lines(Instant since, Instant until, int most) throws UpdateFailure.Service {
        Optional<Path> journalctl = commands.find(CANDIDATES);
        if (journalctl.isEmpty()) {
            return List.of();
        }
        Result result = commands.run(
                List.of(
                        journalctl.get().toString(),
                        "--quiet",
                        "--no-pager",
                        "--output=cat",
                        "--lines=" + most,
                        "--since=" + time(since),
                        "--until=" + time(until),
                        "--unit=" + unit),
                ANSWER);
        return result.succeeded() ? result.out().lines().toList() : List.of();
    }

    private static String time(Instant instant) {
        return String.format(Locale.ROOT, "@%d.%06d", instant.getEpochSecond(), instant.getNano() / 1000);
    }
}
