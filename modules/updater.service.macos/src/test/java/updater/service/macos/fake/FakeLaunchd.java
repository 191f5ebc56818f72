package updater.service.macos.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import updater.api.Ticker;
import updater.api.service.Commands.Result;

/**
 * A stand-in for launchd's system domain: a state machine that loads property lists, spawns, restarts, throttles and
 * ends what they name, and answers as launchctl does.
 *
 * <p>Written from launchctl(1), launchd.plist(5) and reports of what launchd does beyond them; {@code docs/platforms/launchd.md}
 * names them. Time is a parameter, and so is how processes are started, so that the same machine runs in the tests of
 * the provider, where both are made up, and under whole updates, where both are real.
 *
 * <p>What must outlive launchd is on disk, as on macOS: property lists in {@code Library/LaunchDaemons}, which are
 * loaded by {@link #boot}, and what is disabled in {@code private/var/db/com.apple.xpc.launchd/disabled}.
 */
public final class FakeLaunchd {
    private static final Duration AGENT_TIMEOUT = Duration.ofSeconds(5);

    private final Map<String, String> definitions = new HashMap<>();
    private final Path daemons;
    private final Path disabledFile;
    private final Ticker clock;
    private final Spawner spawner;
    private final Map<String, FakeJob> jobs = new TreeMap<>();
    private final List<String> log = new ArrayList<>();
    private final CodeSignatures signatures = new CodeSignatures();

    public final Quirks quirks = new Quirks();

    public FakeLaunchd(Path root, Ticker clock, Spawner spawner) {
        this.daemons = root.resolve("Library/LaunchDaemons");
        this.disabledFile = root.resolve("private/var/db/com.apple.xpc.launchd/disabled");
        this.clock = clock;
        this.spawner = spawner;
    }

    /** Returns every request so far but the ones that only look. */
    public synchronized List<String> requests() {
        return List.copyOf(log);
    }

    public synchronized void forgetRequests() {
        log.clear();
    }

    public synchronized boolean loaded(String label) {
        return jobs.containsKey(label);
    }

    /** Returns the property list of a loaded job as it was when it was loaded; empty when it is not. */
    public synchronized String definition(String label) {
        return loaded(label) ? definitions.getOrDefault(label, "") : "";
    }

    /** Returns what the job was loaded with, not what its file says by now. */
    public synchronized List<String> arguments(String label) {
        return Optional.ofNullable(jobs.get(label))
                .map(FakeJob::programArguments)
                .orElse(List.of());
    }

    /** Loads what is in its directory and not disabled, as at boot. */
    public synchronized void boot() {
        signatures.forget();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(daemons, "*.plist")) {
            for (Path plist : found) {
                bootstrap(plist);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends everything at once, as a power cut does. */
    public synchronized void powerOff() {
        jobs.values().forEach(FakeJob::killNow);
        jobs.clear();
    }

    /** Does what is due by now. */
    public synchronized void tick() {
        for (FakeJob job : List.copyOf(jobs.values())) {
            job.tick(clock.nanos());
            if (job.forgotten()) {
                jobs.remove(job.label());
            }
        }
    }

    /** Answers one request; empty when it is one of those that hang. */
    public synchronized Optional<Result> launchctl(List<String> arguments) {
        tick();
        String verb = arguments.isEmpty() ? "" : arguments.getFirst();
        if (quirks.hanging.contains(verb) || quirks.hanging.contains(String.join(" ", arguments))) {
            log.add(String.join(" ", arguments));
            return Optional.empty();
        }
        if (!known(verb)) {
            return Optional.of(
                    quirks.era == Quirks.Era.LEGACY
                            ? failed(1, "launchctl: unknown subcommand \"" + verb + "\"")
                            : failed(64, "Unrecognized subcommand: " + verb));
        }
        List<String> operands = arguments.subList(1, arguments.size());
        Result result = switch (verb) {
            case "print", "print-disabled", "list", "managerpid" -> look(verb, operands);
            default -> {
                log.add(String.join(" ", arguments));
                yield change(verb, operands);
            }
        };
        tick();
        return Optional.of(result);
    }

    private boolean known(String verb) {
        Set<String> legacy = Set.of("load", "unload", "start", "stop", "list", "remove", "managerpid");
        Set<String> modern =
                Set.of("bootstrap", "bootout", "kickstart", "print", "print-disabled", "enable", "disable", "kill");
        return legacy.contains(verb)
                || (quirks.era != Quirks.Era.LEGACY
                        && modern.contains(verb)
                        && !(quirks.era == Quirks.Era.NO_BOOTOUT && verb.equals("bootout")));
    }

    private Result look(String verb, List<String> operands) {
        return switch (verb) {
            case "managerpid" -> new Result(0, "1\n", "");
            case "print-disabled" -> new Result(0, printDisabled(), "");
            case "list" -> {
                FakeJob job = jobs.get(operands.getFirst());
                yield job == null
                        ? failed(113, "Could not find service \"" + operands.getFirst() + "\" in domain for port")
                        : new Result(0, job.list(), "");
            }
            default -> {
                FakeJob job = jobs.get(label(operands));
                yield job == null ? noSuchService(operands) : new Result(0, job.print(), "");
            }
        };
    }

    private Result change(String verb, List<String> operands) {
        return switch (verb) {
            case "bootstrap" -> {
                if (quirks.bootstrapErrors > 0) {
                    quirks.bootstrapErrors--;
                    yield failure("Bootstrap", 5, "Input/output error");
                }
                yield bootstrap(Path.of(operands.getLast()));
            }
            case "bootout" -> bootout(operands);
            case "kickstart" -> kickstart(operands);
            case "enable", "disable" -> {
                setDisabled(label(operands), verb.equals("disable"));
                yield ok();
            }
            // What these say of failures, they say with 0.
            case "load" ->
                new Result(0, "", bootstrap(Path.of(operands.getLast())).err());
            case "unload" -> {
                jobs.values().stream()
                        .filter(job -> job.plist().equals(Path.of(operands.getLast())))
                        .findFirst()
                        .ifPresent(job -> job.end(clock.nanos()));
                yield ok();
            }
            case "start" -> {
                Optional.ofNullable(jobs.get(operands.getLast())).ifPresent(job -> job.demand(clock.nanos()));
                yield ok();
            }
            default -> {
                Optional.ofNullable(jobs.get(operands.getLast())).ifPresent(job -> job.end(clock.nanos()));
                yield ok();
            }
        };
    }

    private Result bootstrap(Path plist) {
        byte[] content;
        try {
            content = Files.readAllBytes(plist);
        } catch (IOException e) {
            return failure("Bootstrap", 5, "Input/output error");
        }
        if (badlyOwned(plist)) {
            return failure("Bootstrap", 122, "Path had bad ownership/permissions");
        }
        Optional<Plist> read = Plist.read(content);
        if (read.isEmpty() || read.get().arguments().isEmpty()) {
            return failure("Bootstrap", 109, "Invalid property list");
        }
        String label = read.get().label();
        if (isDisabled(label, read.get())) {
            return quirks.era == Quirks.Era.MODERN
                    ? failure("Bootstrap", 5, "Input/output error")
                    : failure("Bootstrap", 119, "Service is disabled");
        }
        if (jobs.containsKey(label)) {
            return failure("Bootstrap", 5, "Input/output error");
        }
        FakeJob job = new FakeJob(plist, read.get(), spawner, signatures, quirks, AGENT_TIMEOUT);
        jobs.put(label, job);
        definitions.put(label, new String(content, StandardCharsets.UTF_8));
        job.load(clock.nanos());
        return ok();
    }

    /** By launchctl(1) a property list must be its owner's alone to change. */
    private static boolean badlyOwned(Path plist) {
        try {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(plist, LinkOption.NOFOLLOW_LINKS);
            return mode.contains(PosixFilePermission.GROUP_WRITE) || mode.contains(PosixFilePermission.OTHERS_WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Result bootout(List<String> operands) {
        FakeJob job = jobs.get(label(operands));
        if (job == null) {
            return failure("Boot-out", 3, "No such process");
        }
        if (quirks.forgottenBootouts > 0) {
            quirks.forgottenBootouts--;
            return ok();
        }
        boolean waits = job.end(clock.nanos());
        return waits && quirks.bootoutAnswer != 0
                ? failure("Boot-out", quirks.bootoutAnswer, "Operation now in progress")
                : ok();
    }

    private Result kickstart(List<String> operands) {
        FakeJob job = jobs.get(label(operands));
        if (job == null) {
            return noSuchService(operands);
        }
        if (job.ending()) {
            return failed(37, "Could not kickstart service: 37: Operation already in progress");
        }
        job.demand(clock.nanos());
        if (quirks.kickstartsInProgress > 0) {
            quirks.kickstartsInProgress--;
            return failed(37, "Could not kickstart service: 37: Operation already in progress");
        }
        return ok();
    }

    private static String label(List<String> operands) {
        String target = operands.getLast();
        return target.startsWith("system/") ? target.substring("system/".length()) : "no system target: " + target;
    }

    private static Result ok() {
        return new Result(0, "", "");
    }

    private static Result failed(int exit, String message) {
        return new Result(exit, "", message + "\n");
    }

    private static Result failure(String what, int error, String text) {
        return failed(
                error,
                what + " failed: " + error + ": " + text + "\nTry re-running the command as root for richer errors.");
    }

    private static Result noSuchService(List<String> operands) {
        return failed(113, "Bad request.\nCould not find service \"" + label(operands) + "\" in domain for system");
    }

    private boolean isDisabled(String label, Plist plist) {
        return Optional.ofNullable(disabled().get(label)).orElse(plist.isTrue("Disabled"));
    }

    private String printDisabled() {
        boolean words = quirks.era == Quirks.Era.MODERN;
        StringBuilder text = new StringBuilder("disabled services = {\n");
        Map<String, Boolean> all = new HashMap<>(disabled());
        all.put("com.apple.ftpd", true);
        all.forEach((label, off) -> text.append("\t\"" + label + "\" => ")
                .append(words ? (off ? "disabled" : "enabled") : off.toString())
                .append('\n'));
        return text.append("}\nlogin item associations = {\n}\n").toString();
    }

    private Map<String, Boolean> disabled() {
        Map<String, Boolean> all = new TreeMap<>();
        try {
            if (Files.exists(disabledFile)) {
                Files.readAllLines(disabledFile)
                        .forEach(line -> all.put(line.substring(line.indexOf(' ') + 1), line.startsWith("true ")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** Is durable, as on macOS: it survives a boot and the property list. */
    public synchronized void setDisabled(String label, boolean off) {
        Map<String, Boolean> all = disabled();
        all.put(label, off);
        try {
            Files.createDirectories(disabledFile.getParent());
            List<String> lines = new ArrayList<>();
            all.forEach((name, value) -> lines.add(value + " " + name));
            Files.write(disabledFile, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
