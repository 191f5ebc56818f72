package updater.service.macos;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import updater.api.Ticker;
import updater.processes.ProcessId;
import updater.processes.Processes;
import updater.service.macos.fake.Spawner;

/** Processes that only exist on a clock: each program behaves as a test says. */
final class VirtualProcesses implements Spawner, Processes, ProcessGroups {
    /**
     * How a program behaves.
     *
     * @param life how long it runs by itself; empty for ever
     * @param ending how long it takes to end once it was asked to; empty when it does not
     * @param exit its exit code when it ends by itself
     */
    record Behaviour(Optional<Duration> life, Optional<Duration> ending, int exit) {
        static final Behaviour HEALTHY = new Behaviour(Optional.empty(), Optional.of(Duration.ZERO), 0);

        static Behaviour endsAfter(Duration life, int exit) {
            return new Behaviour(Optional.of(life), Optional.of(Duration.ZERO), exit);
        }

        static Behaviour endsSlowly(Duration ending) {
            return new Behaviour(Optional.empty(), Optional.of(ending), 0);
        }

        static Behaviour endsNever() {
            return new Behaviour(Optional.empty(), Optional.empty(), 0);
        }
    }

    private final Ticker clock;
    private final Map<String, Behaviour> programs = new HashMap<>();
    private final List<Running> all = new ArrayList<>();
    private final Map<Long, Long> parents = new HashMap<>();
    private final Map<Long, List<Long>> groups = new HashMap<>();
    private long lastPid = 100;

    /** Told of a program and its behaviour before it starts, and says how it behaves. */
    BiFunction<String, Behaviour, Behaviour> beforeStart = (path, behaviour) -> behaviour;

    VirtualProcesses(Ticker clock) {
        this.clock = clock;
    }

    /** Sets how it behaves from its next start on. */
    void program(String path, Behaviour behaviour) {
        programs.put(path, behaviour);
    }

    void removeProgram(String path) {
        programs.remove(path);
    }

    /** Returns the living processes of a program. */
    List<Running> of(String path) {
        return all.stream()
                .filter(process -> process.program.equals(path) && process.end().isEmpty())
                .toList();
    }

    void child(long pid, long parent) {
        parents.put(pid, parent);
    }

    void joinGroup(long pid, long leader) {
        groups.computeIfAbsent(leader, key -> new ArrayList<>()).add(pid);
    }

    @Override
    public Child spawn(List<String> argv) throws IOException {
        Behaviour behaviour = programs.get(argv.getFirst());
        if (behaviour == null) {
            throw new IOException("no such program: " + argv.getFirst());
        }
        Running process =
                new Running(++lastPid, argv.getFirst(), beforeStart.apply(argv.getFirst(), behaviour), clock.nanos());
        all.add(process);
        return process;
    }

    @Override
    public Optional<ProcessId> find(long pid) {
        return all.stream()
                .filter(process -> process.pid == pid && process.end().isEmpty())
                .map(process -> new ProcessId(pid, Long.toString(process.start)))
                .findFirst();
    }

    @Override
    public Set<Long> ancestors(long pid) {
        Set<Long> ancestors = new HashSet<>();
        for (Long parent = parents.get(pid); parent != null; parent = parents.get(parent)) {
            ancestors.add(parent);
        }
        return ancestors;
    }

    @Override
    public boolean startedBy(long pid, Instant moment) {
        throw new AssertionError("launchd is asked");
    }

    @Override
    public Set<ProcessId> descendants(long pid) {
        throw new AssertionError("launchd is asked");
    }

    @Override
    public void terminate(ProcessId process) {
        throw new AssertionError("launchd ends processes");
    }

    @Override
    public void kill(ProcessId process) {
        throw new AssertionError("launchd ends processes");
    }

    @Override
    public List<Long> members(long leader) {
        return List.copyOf(groups.getOrDefault(leader, List.of()));
    }

    final class Running implements Child {
        private final long pid;
        private final String program;
        private final Behaviour behaviour;
        private final long start;
        private Optional<Long> endsAt;
        private End how;

        private Running(long pid, String program, Behaviour behaviour, long start) {
            this.pid = pid;
            this.program = program;
            this.behaviour = behaviour;
            this.start = start;
            this.endsAt = behaviour.life().map(life -> start + life.toNanos());
            this.how = new End(false, behaviour.exit());
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public Optional<End> end() {
            return endsAt.filter(at -> clock.nanos() >= at).map(at -> how);
        }

        @Override
        public void terminate() {
            if (behaviour.ending().isPresent()) {
                endsAt = Optional.of(clock.nanos() + behaviour.ending().get().toNanos());
                how = new End(true, 15);
            }
        }

        @Override
        public void kill() {
            endsAt = Optional.of(clock.nanos());
            how = new End(true, 9);
        }

        @Override
        public void killGroup() {
            groups.remove(pid);
        }
    }
}
