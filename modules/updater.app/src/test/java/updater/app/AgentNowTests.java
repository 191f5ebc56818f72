package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;

final class AgentNowTests {
    private static String text(Activity activity, String detail) {
        return new AgentNow(new ServiceState(activity, 12, 0, detail)).text();
    }

    @Test
    void text_nothingButItsProcessIsKnown_isSaidOnce() {
        assertThat(text(Activity.RUNNING, "process 12 runs")).isEqualTo("runs, process 12");
        assertThat(text(Activity.RUNNING, "active (running)")).isEqualTo("runs, process 12 (active (running))");
        assertThat(text(Activity.FAILED, "process 12 ended by itself"))
                .isEqualTo("is NOT RUNNING: it has failed (process 12 ended by itself)");
    }
}
