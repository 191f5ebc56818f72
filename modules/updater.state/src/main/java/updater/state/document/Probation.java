package updater.state.document;

import static updater.state.document.JsonForm.INSTANT;
import static updater.state.document.JsonForm.NUMBER;
import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/**
 * The probation of a version that was committed: how long it must run, and what was seen of it so far.
 *
 * @param update names the update that installed it, as in its report
 * @param version its version; empty when not known
 * @param required how long it must run
 * @param ran how long it has run, as far as it was seen to
 * @param lookedAt when it was looked at last
 * @param bootId the boot in which that was
 * @param restarts the manager's count of restarts at the first look, or the first one since the host has booted
 * @param failures how many looks in a row have found it otherwise than it has to be
 * @param verdict why it has failed; empty while it has not
 */
public record Probation(
        String update,
        String version,
        Duration required,
        Duration ran,
        Instant lookedAt,
        String bootId,
        long restarts,
        long failures,
        String verdict) {
    private static final JsonForm<Duration> MILLIS = NUMBER.as(Duration::ofMillis, Duration::toMillis, "milliseconds");
    private static final JsonForm<Probation> FORM = lenient(
            v -> new Probation(
                    v.next(), v.next(), v.next(), v.next(), v.next(), v.next(), v.next(), v.next(), v.next()),
            field("update", TEXT, Probation::update),
            field("version", TEXT, Probation::version),
            field("required_ms", MILLIS, Probation::required),
            field("ran_ms", MILLIS, Probation::ran),
            field("looked_at", INSTANT, Probation::lookedAt),
            field("boot_id", TEXT, Probation::bootId),
            field("restarts", NUMBER, Probation::restarts),
            field("failures", NUMBER, Probation::failures),
            field("verdict", TEXT, Probation::verdict));

    /** The count of restarts before the first look. */
    private static final long UNKNOWN = -1;

    /** Returns a probation that begins at a moment: nothing was looked at yet. */
    public static Probation begin(String update, String version, Duration required, Instant moment, String bootId) {
        return new Probation(update, version, required, Duration.ZERO, moment, bootId, UNKNOWN, 0, "");
    }

    /** Returns whether it was looked at. */
    public boolean begun() {
        return restarts != UNKNOWN;
    }

    /** Returns the same, looked at once more, in the same boot or another. */
    public Probation lookedAt(Instant moment, String boot, long restartsThen) {
        return new Probation(update, version, required, ran, moment, boot, restartsThen, failures, verdict);
    }

    /** Returns the same, seen running for so long. */
    public Probation running(Duration more) {
        return new Probation(update, version, required, ran.plus(more), lookedAt, bootId, restarts, 0, verdict);
    }

    /** Returns the same, seen otherwise than it has to be. */
    public Probation failing() {
        return new Probation(update, version, required, ran, lookedAt, bootId, restarts, failures + 1, verdict);
    }

    /** Returns the same, failed. */
    public Probation failed(String why) {
        return new Probation(update, version, required, ran, lookedAt, bootId, restarts, failures, why);
    }

    /** Returns the version in words. */
    public String named() {
        return version.isEmpty() ? "the new version" : "version " + version;
    }

    /** Returns it as it is stored. */
    public byte[] json() {
        return JsonText.compact(FORM.write(this));
    }

    /** Returns what is stored; empty when it cannot be read. */
    public static Optional<Probation> read(byte[] json) {
        try {
            return Optional.of(FORM.read(JsonNode.root(JsonText.parse(json, JsonText.Strictness.LENIENT))));
        } catch (JsonShapeException e) {
            return Optional.empty();
        }
    }
}
