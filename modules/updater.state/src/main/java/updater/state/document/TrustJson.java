package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.JsonForm.integer;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.strict;

import updater.api.Trust;
import updater.release.Roots;
import updater.release.SignifyKey;
import updater.release.TrustPolicy;

/** The JSON form of whose releases a product believes. */
final class TrustJson {
    private static final JsonForm<String> PUBLIC_KEY = TEXT.as(
            text -> new SignifyKey(text).base64(),
            text -> text,
            "a public key of signify, the second line of its file");
    static final JsonForm<Trust> TRUST = strict(
                    v -> new Trust(v.next(), v.next(), v.next(), v.next()),
                    field("required", JsonForm.BOOL, Trust::required, Trust.NONE.required()),
                    field(
                            "roots",
                            PUBLIC_KEY.list().where(all -> all.size() <= Roots.MAX, "at most " + Roots.MAX + " roots"),
                            Trust::roots,
                            Trust.NONE.roots()),
                    field("threshold", integer(1, Roots.MAX), Trust::threshold, Trust.NONE.threshold()),
                    field(
                            "fresh-days",
                            integer(0, TrustPolicy.MAX_FRESH_DAYS),
                            Trust::freshDays,
                            Trust.NONE.freshDays()))
            .where(
                    TrustJson::isPolicy,
                    "different roots, a threshold not above their number, and roots where signatures are required");

    private TrustJson() {}

    private static boolean isPolicy(Trust trust) {
        try {
            TrustPolicy.of(trust.required(), trust.roots(), trust.threshold(), trust.freshDays());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
