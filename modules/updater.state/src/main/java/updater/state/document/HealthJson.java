package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.JsonForm.millis;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.strict;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import updater.api.HealthRule;
import updater.api.HealthRule.AfterSuccess;
import updater.api.HealthRule.StatusRule;
import updater.api.Probe;
import updater.state.document.RecordForm.Values;

/**
 * The JSON form of a product's health rule.
 *
 * <p>Of the rule for the status file, the object has only what becomes of it: its path and the agent's key in it are members
 * of the product, which {@link #reporting} adds.
 */
final class HealthJson {
    private static final String KEEP = "keep";
    private static final String REMOVE = "remove";

    static final JsonForm<HealthRule> HEALTH = strict(
            HealthJson::rule,
            field("window-ms", millis(1), HealthRule::window, Duration.ofSeconds(10)),
            field("poll-ms", millis(1), HealthRule::poll, Duration.ofMillis(100)),
            field("settle-ms", millis(0), HealthRule::stabilisation, Duration.ofMillis(500)),
            field(
                    "status-after-success",
                    TEXT.where(Set.of(KEEP, REMOVE)::contains, KEEP + " or " + REMOVE)
                            .as(
                                    text -> text.equals(KEEP) ? AfterSuccess.KEEP : AfterSuccess.REMOVE,
                                    value -> value == AfterSuccess.KEEP ? KEEP : REMOVE,
                                    KEEP + " or " + REMOVE),
                    rule -> rule.status().afterSuccess(),
                    AfterSuccess.KEEP),
            field("probes", ProbeJson.PROBES, HealthRule::probes, HealthRule.REPORT),
            field("probation-ms", millis(0), HealthRule::probation, Duration.ZERO));

    private HealthJson() {}

    private static HealthRule rule(Values v) {
        Duration window = v.next();
        Duration poll = v.next();
        Duration stabilisation = v.next();
        AfterSuccess afterSuccess = v.next();
        List<Probe> probes = v.next();
        return new HealthRule(
                new StatusRule("", "", afterSuccess), window, poll, stabilisation, probes, v.<Duration>next());
    }

    /** Returns a rule that was read, complete with what the product says of the status file. */
    static HealthRule reporting(HealthRule read, String packageName, String file) {
        return new HealthRule(
                new StatusRule(packageName, file, read.status().afterSuccess()),
                read.window(),
                read.poll(),
                read.stabilisation(),
                read.probes(),
                read.probation());
    }
}
