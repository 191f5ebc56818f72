package updater.state.document;

import static updater.state.document.JsonForm.integer;
import static updater.state.document.JsonForm.millis;
import static updater.state.document.JsonForm.number;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.strict;
import static updater.state.document.TextForms.RELATIVE;

import java.time.Duration;
import java.util.List;
import updater.api.Probe;
import updater.api.UpdateTerms.Policy;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;
import updater.api.VendorCommands.Migration;

/** The JSON forms of the terms on which a product is updated. */
final class TermsJson {
    static final JsonForm<Retention> RETENTION = strict(
            v -> new Retention(v.next(), v.next(), v.next(), v.next()),
            field("kept-bytes", number(0, Long.MAX_VALUE, "bytes >= 0"), Retention::keptBytes, 64L << 20),
            field("kept-files", number(0, Long.MAX_VALUE, "files >= 0"), Retention::keptFiles, Retention.KEPT_FILES),
            field("days", integer(0, 3650), Retention::days, Retention.DAYS),
            field("bytes", number(0, Long.MAX_VALUE, "bytes >= 0"), Retention::bytes, Retention.BYTES));
    static final JsonForm<Policy> POLICY = strict(
            v -> new Policy(v.next(), v.next(), v.next()),
            field("attempts", integer(0, 1000), Policy::attempts, Policy.USUAL.attempts()),
            field("start-when-stopped", JsonForm.BOOL, Policy::startWhenStopped, Policy.USUAL.startWhenStopped()),
            field(
                    "restart-when-unchanged",
                    JsonForm.BOOL,
                    Policy::restartWhenUnchanged,
                    Policy.USUAL.restartWhenUnchanged()));
    private static final int MOST_MIGRATIONS = 16;
    private static final JsonForm<Migration> MIGRATION = strict(
            v -> new Migration(v.next(), new Probe.Command(v.next(), v.next())),
            field("file", RELATIVE, Migration::file),
            field("argv", ProbeJson.WORDS, migration -> migration.command().argv()),
            field("timeout-ms", millis(1), migration -> migration.command().bound(), Duration.ofSeconds(10)));
    static final JsonForm<VendorCommands> HOOKS = strict(
            v -> new VendorCommands(List.of(), v.next(), v.next(), v.next(), List.of()),
            field("before-stop", ProbeJson.HOOKS, VendorCommands::beforeStop, List.of()),
            field("after-start", ProbeJson.HOOKS, VendorCommands::afterStart, List.of()),
            field("after-rollback", ProbeJson.HOOKS, VendorCommands::afterRollback, List.of()));

    /** The migrations, in their order. */
    static final JsonForm<List<Migration>> MIGRATIONS =
            MIGRATION.list().where(all -> all.size() <= MOST_MIGRATIONS, "at most 16 migrations");

    private TermsJson() {}
}
