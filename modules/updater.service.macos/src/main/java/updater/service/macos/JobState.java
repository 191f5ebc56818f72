package updater.service.macos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * What launchd says of a job that is loaded.
 *
 * <p>{@code launchctl print} says of itself that its output is no interface and may change (launchctl(1)), so only what
 * has been stable since OS X 10.10 is read, and what is missing is taken as not known.
 *
 * @param state launchd's own word: {@code running}, {@code not running}, {@code spawn scheduled}, {@code SIGTERMed} …
 * @param pid the main process, 0 when there is none
 * @param runs how often it was spawned since the job was loaded
 * @param ended how its last process ended, in launchd's words; empty when none has
 * @param exitTimeout how long launchd waits between SIGTERM and SIGKILL; zero for ever; empty when not known
 * @param path the property list it was loaded from; empty when not known
 */
record JobState(String state, long pid, long runs, String ended, Optional<Duration> exitTimeout, String path) {
    private static final String NEVER = "(never exited)";
    private static final String UNKNOWN = "";

    /** Reads {@code launchctl print system/LABEL}. */
    static JobState ofPrint(String output) {
        Map<String, String> facts = topLevel(output);
        String code = facts.getOrDefault("last exit code", NEVER);
        // A signal or a reason stands in the place of the exit code, or beside an older one.
        String ended = Stream.of(
                        code.equals(NEVER) ? "" : "last exit code " + code,
                        prefixed(facts, "last terminating signal"),
                        prefixed(facts, "last exit reason"))
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining(", "));
        boolean failed = facts.getOrDefault("job state", "").equals("spawn failed");
        return new JobState(
                failed && !facts.containsKey("pid") ? "spawn failed" : facts.getOrDefault("state", UNKNOWN),
                number(facts.get("pid")).orElse(0L),
                number(facts.get("runs")).orElse(0L),
                ended,
                number(facts.get("exit timeout")).map(Duration::ofSeconds),
                facts.getOrDefault("path", UNKNOWN));
    }

    /**
     * Reads {@code launchctl list LABEL} of systems that have no {@code print}. It says 0 of a process that ended well
     * and of one that never was.
     */
    static JobState ofList(String output) {
        Map<String, String> facts = new HashMap<>();
        output.lines()
                .map(line -> line.strip().replaceAll(";$", "").split(" = ", 2))
                .filter(parts -> parts.length == 2)
                .forEach(parts -> facts.putIfAbsent(parts[0].replace("\"", ""), parts[1].replace("\"", "")));
        long pid = number(facts.get("PID")).orElse(0L);
        String status = facts.getOrDefault("LastExitStatus", "0");
        return new JobState(
                pid == 0 ? "not running" : "running",
                pid,
                0,
                status.equals("0") ? "" : "last exit status " + status,
                number(facts.get("TimeOut")).map(Duration::ofSeconds),
                UNKNOWN);
    }

    /** Blocks within the block (endpoints, coalitions) have their own {@code state} and {@code pid}. */
    private static Map<String, String> topLevel(String output) {
        Map<String, String> facts = new HashMap<>();
        int depth = 0;
        for (String line : output.lines().map(String::strip).toList()) {
            if (line.endsWith("{")) {
                depth++;
            } else if (line.equals("}")) {
                depth--;
            } else if (depth == 1 && line.contains(" = ")) {
                int equals = line.indexOf(" = ");
                facts.putIfAbsent(
                        line.substring(0, equals), line.substring(equals + 3).strip());
            }
        }
        return facts;
    }

    private static String prefixed(Map<String, String> facts, String key) {
        String value = facts.get(key);
        return value == null ? "" : key + " " + value;
    }

    private static Optional<Long> number(@Nullable String text) {
        return text != null && text.matches("\\d{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }

    /** Returns whether there is anything to go by. */
    boolean known() {
        return pid != 0 || !state.isEmpty();
    }

    /** Returns whether launchd runs it, or will by itself. */
    boolean active() {
        return pid != 0 || state.equals("spawn scheduled");
    }

    Activity activity() {
        return switch (state) {
            case "running" -> Activity.RUNNING;
            // The process that becomes the program, with the same process id.
            case "xpcproxy" -> Activity.STARTING;
            case "spawn scheduled" -> ended.isEmpty() ? Activity.STARTING : Activity.FAILED;
            case "spawn failed" -> Activity.FAILED;
            default -> {
                if (state.toUpperCase(Locale.ROOT).startsWith("SIG")) {
                    yield Activity.STOPPING;
                }
                yield ended.isEmpty() ? Activity.INACTIVE : Activity.FAILED;
            }
        };
    }

    /**
     * @param home the directory whose files may be replaced by an update
     * @param earlier whether a main process is known to have been there before the start that was last asked for
     */
    ServiceState toServiceState(Processes processes, Path home, Predicate<ProcessId> earlier) {
        Optional<ProcessId> running = pid == 0 ? Optional.empty() : processes.find(pid);
        return running.map(main -> new ServiceState(
                        activity(), pid, runs, processes.run(main, home, earlier.test(main)), List.of(pid), detail()))
                .orElseGet(() -> new ServiceState(activity(), pid, runs, detail()));
    }

    String detail() {
        return state
                + (ended.isEmpty() ? "" : ", " + ended)
                + refusal().map(text -> ": " + text).orElse("");
    }

    /** Returns why the system let no instruction of the program run, when that is what happened. */
    private Optional<String> refusal() {
        if (ended.contains("OS_REASON_CODESIGNING")) {
            return Optional.of("macOS refuses its code signature; try: codesign --verify --verbose PROGRAM");
        }
        if (ended.contains("OS_REASON_EXEC")) {
            return Optional.of("macOS refuses to execute it; try: spctl --assess --verbose PROGRAM");
        }
        return ended.contains("EX_CONFIG")
                ? Optional.of("launchd could not execute the program; is it there, and executable?")
                : Optional.empty();
    }
}
