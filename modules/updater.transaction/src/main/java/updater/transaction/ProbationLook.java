package updater.transaction;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.state.document.Probation;
import updater.transaction.apply.Probes;
import updater.transaction.context.Invocation;
import updater.transaction.context.UpdateContext;

/**
 * One look at a version on probation. Between two looks nobody watches, and nothing runs.
 *
 * <p>A service that is down and waits to be restarted, and a probe that does not hold, may be so for a moment: only several looks
 * in a row fail the version, or several restarts by the service manager itself. An agent that takes its time to start is given
 * more of it. An agent that somebody has stopped is left alone, and its time stands still, as it does while the host is down.
 */
record ProbationLook(UpdateContext context, Invocation invocation) {
    /** How many looks in a row must go wrong. */
    private static final int FAILING_LOOKS = 3;

    /** The same while the service is starting: five minutes. */
    private static final int STARTING_LOOKS = 20;

    /** How many restarts by the manager itself are one too many. */
    private static final int RESTARTS = 3;

    /** The guard comes every 15 s. What is longer was no look but a clock that was set, or a host that slept. */
    private static final Duration LONGEST = Duration.ofSeconds(60);

    /**
     * Returns what is known now.
     *
     * @throws UpdateFailure.Service when the service manager does not answer
     */
    Probation at(Probation before) throws UpdateFailure.Service {
        ServiceState state = context.service().state();
        Instant now = context.clock().now();
        boolean booted = invocation.boot().isAfter(before.last().bootId());
        boolean first = booted || !before.begun();
        Probation looked = before.lookedAt(
                now,
                invocation.boot().id(),
                first ? state.restarts() : before.last().restarts());
        if (state.restarts() - looked.last().restarts() >= RESTARTS) {
            return looked.failed("its service was restarted "
                    + (state.restarts() - looked.last().restarts()) + " times since it was installed: "
                    + state.detail());
        }
        long earlier = booted ? 0 : before.last().failures();
        return switch (state.activity()) {
            case INACTIVE -> looked.failing(0);
            case STOPPING -> looked;
            case FAILED -> wrong(looked, earlier + 1, FAILING_LOOKS, "its service has failed: " + state.detail());
            case STARTING ->
                wrong(looked, earlier + 1, STARTING_LOOKS, "its service does not come up: " + state.detail());
            case RUNNING -> {
                Optional<String> failing = Probes.of(context, invocation).failing(state);
                yield failing.isPresent()
                        ? wrong(looked, earlier + 1, FAILING_LOOKS, failing.get())
                        : looked.running(
                                first ? Duration.ZERO : between(before.last().at(), now));
            }
        };
    }

    private static Probation wrong(Probation looked, long times, int most, String why) {
        Probation failing = looked.failing(times);
        return times >= most ? failing.failed(why) : failing;
    }

    private static Duration between(Instant earlier, Instant now) {
        Duration time = Duration.between(earlier, now);
        return time.isNegative() ? Duration.ZERO : time.compareTo(LONGEST) > 0 ? LONGEST : time;
    }
}
