package updater.transaction;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.state.document.Probation;
import updater.transaction.apply.Probes;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.UpdateContext;

/**
 * One look at a version on probation, by the guard, which comes again: between two looks nobody watches, and nothing runs.
 *
 * <p>A service that has failed fails its version at once, and so does one that its manager had to restart again and again. A
 * probe may be wrong for a moment; one that is wrong at several looks in a row is not. An agent that somebody has stopped is
 * left alone, and its time stands still, as it does while the host is down.
 */
record ProbationLook(UpdateContext context, Invocation invocation, EventLog log) {
    /** How many looks in a row must go wrong. */
    private static final int FAILING_LOOKS = 3;

    /** How many restarts by the manager itself are one too many. */
    private static final int RESTARTS = 3;

    /** The guard comes every 15 s. What is longer was no look but a clock that was set, or a host that slept. */
    private static final Duration LONGEST = Duration.ofSeconds(60);

    /** What a look finds. */
    sealed interface Finding {
        /** Nothing is on probation. */
        record None() implements Finding {}

        /** It goes on. */
        record GoesOn() implements Finding {}

        /** The version has run for as long as it had to. */
        record Passed(Probation probation) implements Finding {}

        /** The version has failed, and is to be taken back. */
        record Failed(Probation probation) implements Finding {}

        /** The version had failed before, and is still there: it is not tried again. */
        record Stays(Probation probation) implements Finding {}
    }

    /**
     * Looks, and notes what was seen. A boot that waits for this process has not started the agent yet.
     *
     * @throws UpdateFailure.Service when the service manager does not answer; nothing is noted then
     */
    Finding look() throws IOException, UpdateFailure.Service {
        ProbationFile file = new ProbationFile(context.disk(), context.layout());
        Optional<Probation> known = file.read();
        if (known.isEmpty()) {
            return new Finding.None();
        }
        if (!known.get().verdict().isEmpty()) {
            return new Finding.Stays(known.get());
        }
        if (invocation.boot().underWay()) {
            return new Finding.GoesOn();
        }
        ServiceState state = context.service().state();
        Probation seen = seen(known.get(), state);
        file.write(seen);
        log.info(
                "looked at what is on probation",
                "ran",
                seen.ran(),
                "of",
                seen.required(),
                "failures",
                seen.failures());
        if (!seen.verdict().isEmpty()) {
            return new Finding.Failed(seen);
        }
        return seen.ran().compareTo(seen.required()) >= 0 ? new Finding.Passed(seen) : new Finding.GoesOn();
    }

    private Probation seen(Probation before, ServiceState state) {
        Instant now = context.clock().now();
        boolean first = !before.begun() || invocation.boot().isAfter(before.bootId());
        Probation looked = before.lookedAt(now, invocation.boot().id(), first ? state.restarts() : before.restarts());
        return switch (state.activity()) {
            case FAILED -> looked.failed("its service has failed: " + state.detail());
            case INACTIVE, STARTING, STOPPING -> looked;
            case RUNNING -> {
                if (state.restarts() - looked.restarts() >= RESTARTS) {
                    yield looked.failed("its service was restarted " + (state.restarts() - looked.restarts())
                            + " times since it was installed: " + state.detail());
                }
                Optional<String> failing = Probes.of(context, invocation).failing(state);
                if (failing.isEmpty()) {
                    yield looked.running(first ? Duration.ZERO : between(before.lookedAt(), now));
                }
                Probation wrong = looked.failing();
                yield wrong.failures() >= FAILING_LOOKS ? wrong.failed(failing.get()) : wrong;
            }
        };
    }

    private static Duration between(Instant earlier, Instant now) {
        Duration time = Duration.between(earlier, now);
        return time.isNegative() ? Duration.ZERO : time.compareTo(LONGEST) > 0 ? LONGEST : time;
    }
}
