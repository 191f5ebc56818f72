package updater.service.macos;

import java.time.Duration;
import java.util.Optional;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState.Activity;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * The request that launchd end a job and forget it, until it has.
 *
 * <p>{@code launchctl bootout} returns when launchd has accepted the request, with 0, or with 36
 * ({@code Operation now in progress}, <a href="https://github.com/osquery/osquery/issues/5698">osquery 5698</a>), while
 * the process is still shutting down. So what is waited for is that the process is gone and launchd knows the job no
 * more: before that it can neither be loaded again, nor is its property list read again.
 */
record JobStop(Job job, Processes processes, ProcessGroups groups, Ticker clock) {
    /** What launchd itself gives a job that does not say how long it needs: launchd.plist(5), ExitTimeOut. */
    private static final Duration DEFAULT_EXIT_TIMEOUT = Duration.ofSeconds(20);

    /** Taken for a job that launchd would wait for without end. */
    private static final Duration UNLIMITED = Duration.ofSeconds(90);

    /** What launchd needs beyond the job's own time to kill it, to reap it and to forget it. */
    private static final Duration MARGIN = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(20);

    /** A job that is still there, and not on its way out, so long after the request, gets the request again. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** Returns how long launchd waits before it kills the job. */
    static Duration exitTimeout(Optional<Duration> said) {
        Duration timeout = said.orElse(DEFAULT_EXIT_TIMEOUT);
        return timeout.isZero() ? UNLIMITED : timeout;
    }

    /**
     * Ends it. Nothing when it is not loaded.
     *
     * @param bound at least this long is waited
     * @param wholeGroup whether launchd ends what is left of its process group along with it, which is waited for then
     */
    void run(Duration bound, boolean wholeGroup) throws UpdateFailure.Service {
        Optional<JobState> loaded = job.state();
        if (loaded.isEmpty()) {
            return;
        }
        JobState state = loaded.get();
        Optional<ProcessId> process = processes.find(state.pid());
        Duration own = exitTimeout(state.exitTimeout()).plus(MARGIN);
        Duration limit = own.compareTo(bound) > 0 ? own : bound;
        long start = clock.nanos();
        long asked = start;
        ask(limit);
        while (true) {
            boolean again = clock.passed(AGAIN, asked);
            // Asking launchd is a process each time: while its own is there, there is little to ask.
            if (again || process.filter(processes::lives).isEmpty()) {
                Optional<JobState> now = job.state();
                if (now.isEmpty() && !leavesProcesses(process, wholeGroup)) {
                    return;
                }
                if (now.isPresent()) {
                    state = now.get();
                    // One that is to be kept alive may have been spawned again just before the request came.
                    process = state.pid() == 0 ? process : processes.find(state.pid());
                    if (again && state.activity() != Activity.STOPPING) {
                        asked = clock.nanos();
                        ask(limit);
                    }
                }
            }
            if (clock.passed(limit, start)) {
                throw late(state, limit);
            }
            clock.pause(POLL, "while waiting for launchd and " + job.label());
        }
    }

    private void ask(Duration limit) throws UpdateFailure.Service {
        Job.Reply reply = job.bootout(limit);
        switch (reply.answer()) {
            case DONE, PENDING, UNKNOWN_JOB, UNCLEAR -> {
                // What became of it is looked at.
            }
            case REFUSED -> throw reply.failure("could not stop " + job.label(), Launchctl.seeLog(job.label()));
        }
    }

    private boolean leavesProcesses(Optional<ProcessId> leader, boolean wholeGroup) throws UpdateFailure.Service {
        return leader.isPresent()
                && (processes.lives(leader.get())
                        || (wholeGroup && !groups.members(leader.get().pid()).isEmpty()));
    }

    private UpdateFailure.Service late(JobState state, Duration limit) {
        return new UpdateFailure.Service(
                "%s did not stop completely within %d s: it was %s, main process %d"
                        .formatted(job.label(), limit.toSeconds(), state.detail(), state.pid()),
                "Look at what it waits for, or end it with: launchctl kill SIGKILL " + job.target());
    }
}
