package updater.state.document;

import static updater.state.document.JsonForm.INSTANT;
import static updater.state.document.JsonForm.NUMBER;
import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import updater.state.journal.JournalRecord;

/**
 * The probation of a version that was committed: how long it must run, and what was seen of it so far.
 *
 * @param installed the version
 * @param required how long it must run
 * @param ran how long it has run, as far as it was seen to
 * @param last the last look at it
 * @param verdict why it has failed; empty while it has not
 * @param attempts how often it was to be taken back
 */
public record Probation(
        Installed installed, Duration required, Duration ran, Look last, String verdict, long attempts) {
    /**
     * A version on probation.
     *
     * @param update names the update that installed it, as in its report
     * @param version its version; empty when not known
     * @param product its descriptor: that of a later one, which was refused or rolled back, says nothing of it
     */
    public record Installed(String update, String version, String product) {}

    /**
     * A look at a version on probation.
     *
     * @param at when it was
     * @param bootId the boot in which that was
     * @param restarts the manager's count of restarts at the first look, or the first one since the host has booted
     * @param failures how many looks in a row have found it otherwise than it has to be
     */
    public record Look(Instant at, String bootId, long restarts, long failures) {
        private Look failing(long looks) {
            return new Look(at, bootId, restarts, looks);
        }
    }

    /** How often a version that has failed is taken back at most. */
    public static final int MOST_ATTEMPTS = 5;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(15);
    private static final int GROWTH = 4;
    private static final JsonForm<Duration> MILLIS = NUMBER.as(Duration::ofMillis, Duration::toMillis, "milliseconds");
    private static final JsonForm<Probation> FORM = lenient(
            v -> new Probation(
                    new Installed(v.of("update"), v.of("version"), v.of("product")),
                    v.of("required_ms"),
                    v.of("ran_ms"),
                    new Look(v.of("looked_at"), v.of("boot_id"), v.of("restarts"), v.of("failures")),
                    v.of("verdict"),
                    v.of("attempts")),
            field("update", TEXT, probation -> probation.installed().update()),
            field("version", TEXT, probation -> probation.installed().version()),
            field("required_ms", MILLIS, Probation::required),
            field("ran_ms", MILLIS, Probation::ran),
            field("looked_at", INSTANT, probation -> probation.last().at()),
            field("boot_id", TEXT, probation -> probation.last().bootId()),
            field("restarts", NUMBER, probation -> probation.last().restarts()),
            field("failures", NUMBER, probation -> probation.last().failures()),
            field("verdict", TEXT, Probation::verdict),
            field("attempts", NUMBER, Probation::attempts),
            field("product", TEXT, probation -> probation.installed().product()));

    /** The count of restarts before the first look. */
    private static final long UNKNOWN = -1;

    /** Returns the probation of what an update installs: nothing was looked at yet. */
    public static Probation begin(JournalRecord.Begin begin) {
        return new Probation(
                new Installed(
                        begin.id(),
                        begin.versions().to(),
                        new String(ProductJson.compact(begin.product()), StandardCharsets.UTF_8)),
                begin.product().health().probation(),
                Duration.ZERO,
                new Look(begin.at(), begin.before().bootId(), UNKNOWN, 0),
                "",
                0);
    }

    /** Returns whether it was looked at. */
    public boolean begun() {
        return last.restarts() != UNKNOWN;
    }

    /** Returns the same, looked at once more, in the same boot or another. */
    public Probation lookedAt(Instant moment, String boot, long restartsThen) {
        return with(ran, new Look(moment, boot, restartsThen, last.failures()));
    }

    /** Returns the same, seen running for so long. */
    public Probation running(Duration more) {
        return with(ran.plus(more), last.failing(0));
    }

    /** Returns the same, seen otherwise than it has to be so often in a row. */
    public Probation failing(long looks) {
        return with(ran, last.failing(looks));
    }

    private Probation with(Duration newRan, Look look) {
        return new Probation(installed, required, newRan, look, verdict, attempts);
    }

    /** Returns the same, failed. */
    public Probation failed(String why) {
        return new Probation(installed, required, ran, last, why, attempts);
    }

    /** Returns the same, tried to be taken back for so many times, the last one at a moment. */
    public Probation attempted(Instant moment, long times) {
        Look look = new Look(moment, last.bootId(), last.restarts(), last.failures());
        return new Probation(installed, required, ran, look, verdict, times);
    }

    /** Returns whether it is time to take it back: each attempt that came to nothing is waited behind longer. */
    public boolean isDue(Instant moment) {
        Duration pause =
                attempts == 0 ? Duration.ZERO : FIRST_PAUSE.multipliedBy((long) Math.pow(GROWTH, attempts - 1.0));
        Duration passed = Duration.between(last.at(), moment);
        return passed.isNegative() || passed.compareTo(pause) >= 0;
    }

    /** Returns the version in words. */
    public String named() {
        return installed.version().isEmpty() ? "the new version" : "version " + installed.version();
    }

    /** Returns it as it is stored. */
    public byte[] json() {
        return FORM.stored(this);
    }

    /** Returns what is stored; empty when it cannot be read. */
    public static Optional<Probation> read(byte[] json) {
        return FORM.ofStored(json);
    }
}
