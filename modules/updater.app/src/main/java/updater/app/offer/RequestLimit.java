package updater.app.offer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;

/**
 * The limit of requests that are looked at within any 24 hours, refused ones included.
 *
 * @param state the state directory, in which the times of the last ones are kept
 */
public record RequestLimit(Disk disk, Path state) {
    /** As many requests are looked at in a day. */
    public static final int MOST = 24;

    private static final long DAY = Duration.ofDays(1).toSeconds();
    private static final String FILE = "requests";
    private static final int MAX_BYTES = 4096;

    /**
     * Counts one. Durable when this returns. Times that lie ahead, since the clock was set back, are taken for now: neither
     * does that lift the limit, nor does it keep requests away for longer than a day.
     *
     * @throws UpdateFailure.Refused when there were too many already
     */
    public void count(Instant time) throws UpdateFailure {
        long now = time.getEpochSecond();
        try (Directory directory = disk.open(state)) {
            List<Long> recent = recent(SmallFile.read(directory, FILE, MAX_BYTES), now);
            boolean admitted = recent.size() < MOST;
            if (admitted) {
                recent.add(now);
            }
            SmallFile.replace(
                    directory,
                    FILE,
                    recent.stream()
                            .map(second -> second + "\n")
                            .collect(Collectors.joining())
                            .getBytes(StandardCharsets.US_ASCII),
                    0600);
            if (!admitted) {
                throw new UpdateFailure.Refused(
                        RefusalCode.REQUEST_LIMIT,
                        "there were " + MOST + " requests within a day already",
                        "Try again tomorrow");
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("count a request in", state.resolve(FILE), e);
        }
    }

    private static List<Long> recent(Optional<byte[]> kept, long now) {
        List<Long> recent = new ArrayList<>();
        try {
            for (String line : kept.map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
                    .orElse("")
                    .lines()
                    .toList()) {
                long second = Math.min(Long.parseLong(line), now);
                if (now - second < DAY) {
                    recent.add(second);
                }
            }
            return recent;
        } catch (NumberFormatException e) {
            // Nobody knows how many there were.
            return new ArrayList<>(Collections.nCopies(MOST, now));
        }
    }
}
