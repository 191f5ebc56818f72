package updater.api.service;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One run of a service: what begins with a start and ends with the last of its processes. A service that hands its work
 * from one main process to another within a run, as some do when they re-execute themselves, is still in the same run.
 *
 * @param id names the run, to be compared only; empty when the service does not run, or it cannot be told
 * @param earlier whether it began before the start that was last asked of the same {@link ServiceManager}, which found it
 *     running and did nothing; false when none was asked for, and when it cannot be told
 * @param outdated the file of home that it runs although another one has taken its place since; empty when there is none
 */
public record ServiceRun(String id, boolean earlier, Optional<String> outdated) {
    /** No run, or one of which nothing is known. */
    public static final ServiceRun NONE = new ServiceRun("", false, Optional.empty());

    /** Returns the run of a service of which nothing but its main process is known; {@link #NONE} for 0. */
    public static ServiceRun ofMainProcess(long pid) {
        return pid == 0 ? NONE : new ServiceRun("process " + pid, false, Optional.empty());
    }

    /** Returns the run of several services that are one agent: earlier when any is, and another one when any is. */
    static ServiceRun together(List<ServiceRun> runs) {
        return new ServiceRun(
                runs.stream().map(ServiceRun::id).collect(Collectors.joining(" ")),
                runs.stream().anyMatch(ServiceRun::earlier),
                runs.stream().flatMap(run -> run.outdated().stream()).findFirst());
    }
}
