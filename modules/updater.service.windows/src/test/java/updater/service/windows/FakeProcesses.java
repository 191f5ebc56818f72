package updater.service.windows;

import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * The processes of services that do not really run.
 *
 * @param services seen through: what is added later is found, too
 */
record FakeProcesses(Collection<FakeService> services) implements Processes {
    @Override
    public Optional<ProcessId> find(long pid) {
        return services.stream().flatMap(service -> service.find(pid).stream()).findFirst();
    }

    @Override
    public void kill(ProcessId process) {
        services.forEach(service -> service.kill(process));
    }

    @Override
    public void terminate(ProcessId process) {
        throw new AssertionError("Windows has no such signal");
    }

    @Override
    public boolean startedBy(long pid, Instant moment) {
        throw new AssertionError("there are no pid files");
    }

    @Override
    public Set<ProcessId> descendants(long pid) {
        throw new AssertionError("the service control manager is asked");
    }

    @Override
    public Set<Long> ancestors(long pid) {
        throw new AssertionError("the service control manager is asked");
    }
}
