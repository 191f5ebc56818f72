package updater.state.document;

import static updater.state.document.JsonForm.INSTANT;
import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.time.Instant;
import java.util.Optional;

/**
 * The holding back of updates by an operator.
 *
 * @param since when it began
 * @param until when it ends by itself; empty when it does not
 * @param reason why, for people; may be empty
 */
public record Hold(Instant since, Optional<Instant> until, String reason) {
    private static final JsonForm<Hold> FORM = lenient(
            v -> new Hold(v.next(), v.next(), v.next()),
            field("since", INSTANT, Hold::since),
            field(
                    "until",
                    INSTANT.<Optional<Instant>>as(Optional::of, Optional::orElseThrow, "an instant"),
                    Hold::until,
                    Optional.empty()),
            field("reason", TEXT, Hold::reason, ""));

    /** Returns whether it holds at a moment. A clock that was set back does not end it. */
    public boolean holdsAt(Instant moment) {
        return until.isEmpty() || moment.isBefore(until.get());
    }

    /** Returns it in words, e.g. {@code since 2026-01-02T03:04:05Z until 2026-02-01T00:00:00Z: change freeze}. */
    public String text() {
        return "since " + since + until.map(end -> " until " + end).orElse("")
                + (reason.isEmpty() ? "" : ": " + reason);
    }

    /** Returns it as it is stored. */
    public byte[] bytes() {
        return FORM.stored(this);
    }

    /** Returns what is stored; empty when it cannot be read. */
    public static Optional<Hold> read(byte[] json) {
        return FORM.ofStored(json);
    }
}
