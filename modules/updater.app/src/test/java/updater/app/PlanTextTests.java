package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.transaction.context.CheckResult;
import updater.transaction.context.PlanPreview;
import updater.transaction.context.PlanPreview.Definition;
import updater.transaction.context.PlanPreview.Files;
import updater.transaction.context.PlanPreview.Paths;

final class PlanTextTests {
    private static final UpdateFailure NO_SPACE =
            new UpdateFailure.Refused(RefusalCode.NO_SPACE, "needs 9 bytes", "Free some");

    private static PlanText.Found found(List<UpdateFailure> problems, OptionalLong last, boolean stopsNobody) {
        return new PlanText.Found(
                new PlanPreview(
                        List.of(new CheckResult("space", "bytes", true, List.of("odd\u001b[2J"), Optional.empty())),
                        new Files(
                                new Paths(12, Collections.nCopies(12, "lib/a.so")),
                                new Paths(1, List.of("lib/b.so")),
                                new Paths(2, List.of("lib/c.so", "lib/d.so")),
                                new Paths(1, List.of("config.yaml")),
                                new Paths(1, List.of("agent.conf")),
                                3,
                                4096),
                        Definition.WHILE_STOPPED,
                        List.of("agent.service", "agent.timer"),
                        90_000),
                problems,
                last,
                stopsNobody,
                Optional.of("v2"),
                Optional.of("is NOT RUNNING"),
                List.of("whether it works"));
    }

    @Test
    void text_names10PathsOfEachKind_andWhatTheOthersAre() {
        assertThat(PlanText.text(found(List.of(), OptionalLong.of(57), false), false))
                .isEqualTo("""
                version      v2
                files        12 replaced, 1 added (4096 bytes), 3 unchanged, 1 kept by their names, 2 removed, \
                1 left as changed here
                definition   replaced while the agent is stopped, for it changes how the agent is stopped
                downtime     last time 57 ms; the agent may take up to 1 min 30 s to stop
                stopped      agent.service, agent.timer
                agent        is NOT RUNNING

                replaced
                """ + "  lib/a.so\n".repeat(10) + """
                  and 2 more; --verbose names them

                added
                  lib/b.so

                removed
                  lib/c.so
                  lib/d.so

                kept as they are, by their names
                  config.yaml

                left as changed here
                  agent.conf

                warnings
                  odd\\u001B[2J

                only the update itself can tell
                  whether it works
                """);
    }

    @Test
    void text_verbose_namesAll() {
        assertThat(PlanText.text(found(List.of(), OptionalLong.empty(), false), true))
                .contains("  lib/a.so\n".repeat(12))
                .doesNotContain("more");
    }

    @Test
    void text_refusals_areThere() {
        assertThat(PlanText.text(found(List.of(NO_SPACE), OptionalLong.empty(), false), false))
                .contains("an update would be refused\n  needs 9 bytes. Free some [no-space]\n");
    }

    @Test
    void text_nothingToDo_saysThatNobodyIsStopped() {
        assertThat(PlanText.text(found(List.of(), OptionalLong.of(57), true), false))
                .contains("downtime     none: nothing is to be replaced\n");
    }

    @Test
    void json_hasTheSame() {
        assertThat(PlanText.json(found(List.of(NO_SPACE), OptionalLong.of(57), false)))
                .contains(
                        "\"refused\": true",
                        "\"replaced\": 12",
                        "\"last_downtime_ms\": 57",
                        "\"removed\": 2",
                        "\"exit\": 5")
                .contains("\"definition\": \"while-stopped\"", "\"code\": \"no-space\"");
    }
}
