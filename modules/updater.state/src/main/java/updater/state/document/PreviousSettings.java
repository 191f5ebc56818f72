package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.util.Optional;

/**
 * The settings that an update changed in the service manager's own store, in the texts of the manager's provider.
 *
 * @param before what they were
 * @param after what the update made of them
 */
public record PreviousSettings(String before, String after) {
    private static final JsonForm<PreviousSettings> FORM = lenient(
            v -> new PreviousSettings(v.next(), v.next()),
            field("before", TEXT, PreviousSettings::before),
            field("after", TEXT, PreviousSettings::after));

    /** Returns them as they are stored. */
    public byte[] json() {
        return FORM.stored(this);
    }

    /** Returns what is stored; empty when it cannot be read. */
    public static Optional<PreviousSettings> read(byte[] json) {
        return FORM.ofStored(json);
    }
}
