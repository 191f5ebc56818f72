package updater.service.macos;

import java.time.Duration;
import java.util.Optional;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState.Activity;

/**
 * The loading of a job, and its start.
 *
 * <p>launchd forgets a job some time after it was asked to, mostly as soon as its process has ended, and until then
 * refuses to load it again: with 37 in its log, which {@code launchctl bootstrap} prints as
 * {@code 5: Input/output error}; five seconds have been seen (<a
 * href="https://github.com/headroomlabs-ai/headroom/issues/1289">headroom 1289</a>, <a
 * href="https://github.com/ancwrd1/snx-rs/issues/241">snx-rs 241</a>). It answers 5 as well when the job is loaded
 * already (macOS 26), when it is disabled, and when it does not like the property list. So the answer is not believed:
 * what counts is whether the job is loaded, and the request is repeated for as long as a refusal could pass by itself.
 */
record JobStart(Job job, Ticker clock) {
    /** Three times the longest that launchd was seen to take to let go of a label. */
    private static final Duration SETTLE = Duration.ofSeconds(15);

    private static final Duration AGAIN = Duration.ofMillis(200);

    /** Loads it. Nothing when it is loaded and is to stay so. */
    void load() throws UpdateFailure.Service {
        long start = clock.nanos();
        while (true) {
            Job.Reply reply = job.bootstrap();
            switch (reply.answer()) {
                case DONE -> {
                    return;
                }
                case PENDING, UNCLEAR -> {
                    if (loadedToStay()) {
                        return;
                    }
                }
                case UNKNOWN_JOB, REFUSED -> throw refused(reply);
            }
            if (clock.passed(SETTLE, start)) {
                throw refused(reply);
            }
            clock.pause(AGAIN, "while waiting for launchd and " + job.label());
        }
    }

    /** A job that is on its way out is loaded, too. */
    private boolean loadedToStay() throws UpdateFailure.Service {
        return job.state().filter(state -> !leaves(state)).isPresent();
    }

    /**
     * Loads it where it is not loaded, and starts it where it does not run: not with {@code -k}, which would kill a
     * process that launchd is just starting. A job that is on its way out is let go first.
     *
     * @return whether it had a process already, so that there was nothing to start
     */
    boolean run() throws UpdateFailure.Service {
        long start = clock.nanos();
        boolean loadedHere = false;
        Optional<JobState> found = job.state();
        boolean ran = found.filter(state -> state.pid() != 0 && !leaves(state)).isPresent();
        while (true) {
            if (found.isEmpty()) {
                if (loadedHere) {
                    throw removed();
                }
                load();
                loadedHere = true;
            }
            if (found.filter(JobStart::leaves).isEmpty() && kickstarted()) {
                return ran;
            }
            if (clock.passed(SETTLE, start)) {
                throw new UpdateFailure.Service(
                        "could not start %s within %d s: it is %s"
                                .formatted(
                                        job.label(),
                                        SETTLE.toSeconds(),
                                        found.map(JobState::detail).orElse("not loaded")),
                        Launchctl.seeLog(job.label()));
            }
            clock.pause(AGAIN, "while waiting for launchd and " + job.label());
            found = job.state();
        }
    }

    private boolean kickstarted() throws UpdateFailure.Service {
        Job.Reply reply = job.kickstart();
        return switch (reply.answer()) {
            case DONE -> true;
            // Of a job that is being started, and of one that is being removed.
            case PENDING, UNCLEAR ->
                job.state().filter(state -> state.active() && !leaves(state)).isPresent();
            case UNKNOWN_JOB -> false;
            case REFUSED -> throw reply.failure("could not start " + job.label(), Launchctl.seeLog(job.label()));
        };
    }

    private static boolean leaves(JobState state) {
        return state.activity() == Activity.STOPPING;
    }

    private UpdateFailure.Service removed() {
        return new UpdateFailure.Service(
                "launchd has removed " + job.label()
                        + " as soon as it was loaded, as it does when macOS refuses to execute its program",
                "Check the program's signature: codesign --verify --verbose PROGRAM. " + Launchctl.seeLog(job.label()));
    }

    private UpdateFailure.Service refused(Job.Reply reply) {
        String said = Launchctl.oneLine(reply.result());
        String advice;
        if (said.contains("disabled")) {
            advice = "Allow it first: launchctl enable " + job.target();
        } else if (said.contains("ownership") || said.contains("permissions")) {
            advice = "Make the file root's: chown root:wheel " + job.plist() + " && chmod 0644 " + job.plist();
        } else if (said.contains("property list")) {
            advice = "Check it: plutil -lint " + job.plist();
        } else {
            advice = Launchctl.seeLog(job.label());
        }
        return reply.failure("launchd does not load " + job.plist(), advice);
    }
}
