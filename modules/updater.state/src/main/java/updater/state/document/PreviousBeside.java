package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.util.Base64;
import java.util.Optional;
import updater.api.Bytes;

/**
 * The definition that an update changed where it has no effect, as the one in force is an operator's own.
 *
 * @param path the file
 * @param before what it was; empty where there was none
 * @param after what the update made of it; empty where it was removed
 * @param mode permission bits that it gets when it is made again
 */
public record PreviousBeside(String path, Optional<Bytes> before, Optional<Bytes> after, int mode) {
    private static final JsonForm<Optional<Bytes>> CONTENT = TEXT.as(
            text -> Optional.of(Bytes.of(Base64.getDecoder().decode(text))),
            content -> Base64.getEncoder().encodeToString(content.orElseThrow().toArray()),
            "bytes in Base64");

    private static final JsonForm<PreviousBeside> FORM = lenient(
            v -> new PreviousBeside(v.next(), v.next(), v.next(), v.next()),
            field("path", TEXT, PreviousBeside::path),
            field("before", CONTENT, PreviousBeside::before, Optional.empty()),
            field("after", CONTENT, PreviousBeside::after, Optional.empty()),
            field("mode", JsonForm.integer(0, 07777), PreviousBeside::mode));

    /** Returns it as it is stored. */
    public byte[] json() {
        return FORM.stored(this);
    }

    /** Returns what is stored; empty when it cannot be read. */
    public static Optional<PreviousBeside> read(byte[] json) {
        return FORM.ofStored(json);
    }
}
