package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.service.Commands;

/** Commands to a systemd that cannot be reached for a while, as when it is executed anew. */
final class SystemctlTests {
    private static final Duration BOUND = Duration.ofSeconds(20);

    private final ManualTicker clock = new ManualTicker();

    /** A systemctl that says something until a time has passed, and ends well from then on. */
    private final class Absent implements Commands {
        private final Duration until;
        private final String said;
        private int asked;

        Absent(Duration until, String said) {
            this.until = until;
            this.said = said;
        }

        @Override
        public Optional<Path> find(List<Path> candidates) {
            return Optional.of(candidates.getFirst());
        }

        @Override
        public Result run(List<String> argv, Duration bound) {
            asked++;
            return clock.since(0).compareTo(until) < 0 ? new Result(1, "", said + "\n") : new Result(0, "done", "");
        }

        @Override
        public long startDetached(
                List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
            throw new UnsupportedOperationException("nothing here starts anything");
        }
    }

    private Commands.Result run(Absent absent, String verb) throws UpdateFailure.Service {
        return new Systemctl(absent, clock).run(BOUND, verb, List.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "show | Failed to get properties: Transport endpoint is not connected",
                "show | Failed to get properties: Message recipient disconnected from message bus without replying",
                "daemon-reload | Reload daemon failed: Connection reset by peer",
                "start | Failed to start agent.service: Transport endpoint is not connected",
                "start | Failed to connect to bus: Connection refused",
                "stop | Failed to connect to bus: No such file or directory"
            })
    void run_systemdIsExecutedAnew_isGivenAgain(String verb, String said) throws Exception {
        Commands.Result result = run(new Absent(Duration.ofSeconds(3), said), verb);

        assertThat(result.succeeded()).isTrue();
        assertThat(clock.since(0)).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
    }

    @Test
    void run_systemdIsGoneForGood_failsInTheEnd() throws Exception {
        Commands.Result result = run(new Absent(Duration.ofDays(1), "Failed to connect to bus: Host is down"), "show");

        assertThat(result.succeeded()).isFalse();
        assertThat(clock.since(0)).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(11));
    }

    /** A stop that may be under way is watched, and what was refused for another reason would be again. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stop | Warning! D-Bus connection terminated.",
                "start | Failed to start agent.service: Unit agent.service not found.",
                "daemon-reload | Reload daemon failed: Access denied"
            })
    void run_anythingElse_isGivenOnce(String verb, String said) throws Exception {
        Absent absent = new Absent(Duration.ofDays(1), said);

        assertThat(run(absent, verb).err()).contains(said);
        assertThat(absent.asked).isEqualTo(1);
    }
}
