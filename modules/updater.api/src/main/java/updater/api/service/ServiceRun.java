package updater.api.service;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One run of a service: what begins with a start and ends with the last of its processes. A service that hands its work
 * from one main process to another within a run, as some do when they re-execute themselves, is still in the same run.
 *
 * @param id names the run, to be compared only; empty when the service does not run, or it cannot be told
 * @param age how long ago it began at least, as finely as the host tells; empty when that cannot be told
 * @param outdated the file of home that it runs although another one has taken its place since; empty when there is none
 */
public record ServiceRun(String id, Optional<Duration> age, Optional<String> outdated) {
    /** No run, or one of which nothing is known. */
    public static final ServiceRun NONE = new ServiceRun("", Optional.empty(), Optional.empty());

    /** Returns the run of a service of which nothing but its main process is known; {@link #NONE} for 0. */
    public static ServiceRun ofMainProcess(long pid) {
        return pid == 0 ? NONE : new ServiceRun("process " + pid, Optional.empty(), Optional.empty());
    }

    /** Returns the run of several services that are one agent: as old as the oldest, and another one when any is. */
    static ServiceRun together(List<ServiceRun> runs) {
        return new ServiceRun(
                runs.stream().map(ServiceRun::id).collect(Collectors.joining(" ")),
                runs.stream().flatMap(run -> run.age().stream()).max(Comparator.naturalOrder()),
                runs.stream().flatMap(run -> run.outdated().stream()).findFirst());
    }
}
