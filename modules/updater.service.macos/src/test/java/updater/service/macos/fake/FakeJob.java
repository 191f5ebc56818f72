package updater.service.macos.fake;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One loaded job of {@link FakeLaunchd}. */
final class FakeJob {
    private static final int CONFIG_ERROR = 78;
    private static final Map<Integer, String> SIGNALS = Map.of(
            1,
            "Hangup: 1",
            2,
            "Interrupt: 2",
            6,
            "Abort trap: 6",
            9,
            "Killed: 9",
            11,
            "Segmentation fault: 11",
            15,
            "Terminated: 15");

    private final Path plist;
    private final Plist facts;
    private final Spawner spawner;
    private final CodeSignatures signatures;
    private final Quirks quirks;
    private final long exitTimeout;
    private final long minimumRuntime;
    private Optional<Spawner.Child> child = Optional.empty();
    private long runs;
    private String ended = "last exit code = (never exited)";
    private long spawnedAt;
    private Optional<Long> spawnAt = Optional.empty();
    private Optional<Long> nextInterval = Optional.empty();
    private Optional<Long> endingSince = Optional.empty();
    private Optional<Long> goneAt = Optional.empty();
    private boolean killed;
    private boolean released;
    private boolean thrownOut;

    FakeJob(Path plist, Plist facts, Spawner spawner, CodeSignatures signatures, Quirks quirks, Duration exitTimeout) {
        this.plist = plist;
        this.facts = facts;
        this.spawner = spawner;
        this.signatures = signatures;
        this.quirks = quirks;
        this.exitTimeout = facts.number("ExitTimeOut", exitTimeout.toSeconds());
        this.minimumRuntime = facts.number("ThrottleInterval", 10);
    }

    String label() {
        return facts.label();
    }

    Path plist() {
        return plist;
    }

    List<String> programArguments() {
        return facts.arguments();
    }

    boolean ending() {
        return endingSince.isPresent();
    }

    /** Returns whether launchd knows it no more. */
    boolean forgotten() {
        return thrownOut || released;
    }

    void load(long now) {
        interval(now);
        if (facts.runsAtLoad()) {
            spawn(now);
        }
    }

    private void interval(long now) {
        long seconds = facts.number("StartInterval", 0);
        nextInterval = seconds == 0 ? Optional.empty() : Optional.of(now + nanos(seconds));
    }

    /** Spawns it now, unless it runs: launchctl(1), kickstart. */
    void demand(long now) {
        if (child.isEmpty() && !ending()) {
            spawn(now);
        }
    }

    /** Begins to end it, and returns whether there is something to wait for. */
    boolean end(long now) {
        if (endingSince.isEmpty()) {
            endingSince = Optional.of(now);
            spawnAt = Optional.empty();
            nextInterval = Optional.empty();
            child.ifPresent(Spawner.Child::terminate);
            if (child.isEmpty()) {
                goneAt = Optional.of(now);
            }
        }
        tick(now);
        return child.isPresent();
    }

    void killNow() {
        child.ifPresent(process -> {
            process.kill();
            process.killGroup();
        });
    }

    void tick(long now) {
        reap(now);
        if (ending()) {
            if (child.isPresent() && !killed && exitTimeout != 0 && now - endingSince.get() >= nanos(exitTimeout)) {
                killed = true;
                child.get().kill();
            }
            released = child.isEmpty() && now - goneAt.orElse(now) >= quirks.lingering.toNanos();
            return;
        }
        if (spawnAt.filter(due -> now >= due).isPresent()) {
            spawn(now);
        }
        if (nextInterval.filter(due -> now >= due).isPresent()) {
            interval(now);
            demand(now);
        }
    }

    private void reap(long now) {
        Optional<Spawner.End> end = child.flatMap(Spawner.Child::end);
        if (end.isEmpty()) {
            return;
        }
        if (!facts.isTrue("AbandonProcessGroup")) {
            child.ifPresent(Spawner.Child::killGroup);
        }
        child = Optional.empty();
        goneAt = Optional.of(now);
        ended = end.get().bySignal()
                ? "last terminating signal = "
                        + SIGNALS.getOrDefault(
                                end.get().code(), "Unknown signal: " + end.get().code())
                : "last exit code = " + end.get().code();
        if (facts.keptAliveAfter(end.get())) {
            respawn(now);
        }
    }

    /** A job that ran for less than its minimum is spawned again no sooner than that after its last start. */
    private void respawn(long now) {
        spawnAt = Optional.of(Math.max(now, spawnedAt + nanos(minimumRuntime)));
    }

    private void spawn(long now) {
        spawnAt = Optional.empty();
        spawnedAt = now;
        runs++;
        List<String> argv = facts.arguments();
        Optional<String> refusal = signatures.refusal(argv.getFirst());
        if (refusal.isPresent()) {
            ended = "last exit reason = " + refusal.get();
            thrownOut = quirks.removesRefused;
            respawn(now);
            return;
        }
        try {
            child = Optional.of(spawner.spawn(argv));
        } catch (IOException e) {
            ended = "last exit code = " + CONFIG_ERROR + ": EX_CONFIG";
            respawn(now);
        }
    }

    private static long nanos(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    private String state() {
        if (child.isPresent()) {
            return ending() ? (killed ? "SIGKILLed" : "SIGTERMed") : "running";
        }
        return spawnAt.isPresent() ? "spawn scheduled" : "not running";
    }

    /** With what else launchd prints: blocks have members of the same names. */
    String print() {
        String pid = child.map(process -> "\tpid = " + process.pid() + "\n").orElse("");
        return """
                system/%s = {
                \tactive count = %d
                \tpath = %s
                \ttype = LaunchDaemon
                \tstate = %s

                \tprogram = %s
                \targuments = {
                %s\t}

                \tdefault environment = {
                \t\tPATH => /usr/bin:/bin:/usr/sbin:/sbin
                \t}

                \tdomain = system
                \tminimum runtime = %d
                \texit timeout = %d
                \truns = %d
                %s\t%s

                \tevent triggers = {
                \t\tcom.example.trigger => {
                \t\t\tkeepalive = 0
                \t\t\tstate = 1
                \t\t\tpid = 4711
                \t\t}
                \t}

                \tresource coalition = {
                \t\tID = 815
                \t\ttype = resource
                \t\tstate = active
                \t\tactive count = 1
                \t\tname = %s
                \t}

                \tspawn type = daemon (3)
                \tjetsam priority = 40
                \tproperties = keepalive | runatload
                }
                """.formatted(
                        label(),
                        child.isPresent() ? 1 : 0,
                        plist,
                        state(),
                        facts.arguments().getFirst(),
                        arguments(),
                        minimumRuntime,
                        exitTimeout,
                        runs,
                        pid,
                        ended,
                        label());
    }

    private String arguments() {
        StringBuilder text = new StringBuilder();
        facts.arguments()
                .forEach(argument -> text.append("\t\t").append(argument).append('\n'));
        return text.toString();
    }

    /** What launchctl printed before it had print. */
    String list() {
        String pid =
                child.map(process -> "\t\"PID\" = " + process.pid() + ";\n").orElse("");
        String status = ended.startsWith("last exit code = ") && !ended.contains("never")
                ? Integer.toString(256
                        * Integer.parseInt(ended.replaceAll("\\D+", " ").strip().split(" ")[0]))
                : ended.contains("signal") ? ended.substring(ended.lastIndexOf(' ') + 1) : "0";
        return """
                {
                \t"LimitLoadToSessionType" = "System";
                \t"Label" = "%s";
                \t"TimeOut" = %d;
                \t"OnDemand" = false;
                \t"LastExitStatus" = %s;
                %s\t"Program" = "%s";
                };
                """.formatted(
                        label(), exitTimeout, status, pid, facts.arguments().getFirst());
    }
}
