package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.state.document.UpdateReport;
import updater.state.document.UpdateReport.Outcome;
import updater.transaction.context.UpdateResult;

/** Whatever went wrong, an operator reads what happened, what is true now, and one command to type. */
final class FailureMessageTests {
    private static final String TYPED = "(?s).*'[a-z/][^']*'.*";

    private final HomeLayout layout = new HomeLayout(Path.of("/opt/agent"), Path.of("/var/lib/agent-updater"));

    @ParameterizedTest
    @EnumSource(RefusalCode.class)
    void of_anyRefusal_saysWhatIsTrueAndWhatToType(RefusalCode code) {
        for (String advice : List.of("", "Ask an administrator", "Set 'KillMode=process' in it")) {
            FailureMessage message =
                    FailureMessage.of(new UpdateFailure.Refused(code, "it is as it is", advice), "updater plan BUNDLE");

            assertThat(message.happened()).isEqualTo("it is as it is [" + code.text() + "]");
            assertThat(message.advice()).startsWith(advice).contains("'updater plan BUNDLE' runs");
            assertThat(message.now())
                    .isEqualTo(code == RefusalCode.EARLIER_UPDATE_ENDED ? "" : FailureMessage.UNTOUCHED);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Run 'updater status'",
                "Run '/var/lib/agent-updater/updater recover' once the cause is gone",
                "Clear it with 'chattr -i /opt/agent/VERSION'"
            })
    void of_refusalThatNamesACommand_namesNoOther(String advice) {
        assertThat(FailureMessage.of(new UpdateFailure.Service("systemctl failed", advice), "updater doctor")
                        .advice())
                .isEqualTo(advice);
    }

    @ParameterizedTest
    @EnumSource(
            value = Outcome.class,
            names = {"UPDATED", "UNCHANGED"},
            mode = EnumSource.Mode.EXCLUDE)
    void of_anyOutcome_saysWhatIsTrueAndWhatToType(Outcome kind) {
        FailureMessage message = FailureMessage.of(result(kind, true), layout);

        assertThat(message.happened()).isEqualTo("it failed");
        assertThat(message.now()).isNotEmpty();
        assertThat(message.advice()).matches(TYPED).contains("/var/lib/agent-updater/updater status");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void of_rollback_saysWhetherTheOldVersionRuns(boolean active) {
        String now =
                FailureMessage.of(result(Outcome.ROLLED_BACK, active), layout).now();

        assertThat(now.contains("the old version runs")).isEqualTo(active);
    }

    @Test
    void of_nothingBroughtBack_doesNotSayThatTheRestIsAsItWas() {
        UpdateResult partly = new UpdateResult(
                Outcome.ROLLBACK_INCOMPLETE,
                "it failed",
                "",
                new UpdateReport.StepCounts(5, 0, 4, 1),
                true,
                UpdateResult.RollbackFindings.NONE);

        assertThat(FailureMessage.of(partly, layout).now()).contains("the rest is as it was");
        assertThat(FailureMessage.of(result(Outcome.ROLLBACK_INCOMPLETE, true), layout)
                        .now())
                .isEqualTo("Nothing was brought back: home may hold files of two versions");
    }

    private static UpdateResult result(Outcome kind, boolean active) {
        return new UpdateResult(
                kind, "it failed", "", UpdateReport.StepCounts.NONE, active, UpdateResult.RollbackFindings.NONE);
    }
}
