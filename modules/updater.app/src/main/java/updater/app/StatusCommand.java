package updater.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import updater.api.HomeLayout;
import updater.api.Reason;
import updater.app.host.Console;
import updater.fs.DirectoryChain;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.json.Json;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.json.Printable;
import updater.state.document.ReportFormatException;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.transaction.context.StateFiles;

/**
 * The command that prints what is true now, an updater at work or an update unfinished, and what the last update did. Changes
 * nothing, takes no lock.
 *
 * @param alive whether the process that says of itself that it holds the lock still runs
 * @param clock says what time it is
 */
record StatusCommand(Disk disk, HomeLayout layout, LockHolder.Look alive, Supplier<Instant> clock, Console console) {
    private static final int MAX_REPORT_BYTES = 16 << 20;

    /** One that the updater writes has some 100 KiB; who owns home may write another. */
    private static final int MAX_BYTES_IN_HOME = 1 << 20;

    private static final int NO_REPORT = ExitCode.REFUSED.number();

    /**
     * Prints what is true now, and the report.
     *
     * @param agent what the service manager says of the agent; empty when that is not known
     * @param guardReady whether the host would finish an update by itself; empty when that is not known
     * @return the exit code: 3 while an updater is at work, 4 while an update is unfinished, else that of the last update; 5
     *     when there is no report either
     */
    int run(boolean json, boolean verbose, Optional<AgentNow> agent, Optional<Boolean> guardReady) {
        CurrentStatus now = now();
        List<String> notes = new ArrayList<>();
        Optional<Stored> stored = stored(notes);
        notes.addAll(now.damaged());
        notes.addAll(guard(now, guardReady));
        if (json) {
            printJson(now, agent, stored);
        } else {
            printText(now, agent, stored, verbose);
        }
        boolean printed = stored.isPresent() || now.state().code() != ExitCode.DONE;
        if (!printed) {
            String message = "there is no report of an update of " + layout.home();
            String advice = "No update ended there yet, or its report was removed";
            console.failure(message, advice);
            if (json) {
                console.printText(new Answer(Command.STATUS.word(), ExitCode.REFUSED, "", message, advice).json());
            }
        } else if (!notes.isEmpty() && !json) {
            console.print("");
        }
        for (String note : notes) {
            if (json || !printed) {
                console.failure(note, "");
            } else {
                console.print(note);
            }
        }
        return now.state().code() == ExitCode.DONE
                ? stored.map(last -> ExitCode.of(Optional.of(last.report().outcome()))
                                .number())
                        .orElse(NO_REPORT)
                : now.state().code().number();
    }

    /** Returns what is true now. */
    CurrentStatus now() {
        return CurrentStatus.observe(disk, layout, alive, clock.get());
    }

    /** Returns the report that would be printed; empty when there is none that can be read. */
    Optional<UpdateReport> report() {
        return stored(new ArrayList<>()).map(Stored::report);
    }

    private void printText(CurrentStatus now, Optional<AgentNow> agent, Optional<Stored> stored, boolean verbose) {
        Optional<String> line = now.line(layout);
        line.ifPresent(text -> console.print("now          " + text));
        agent.ifPresent(found -> console.print("agent        " + found.text()));
        if (stored.isPresent() && (line.isPresent() || agent.isPresent())) {
            console.print("");
            console.print("the last update that ended");
        }
        if (stored.isPresent()) {
            console.printText(ReportText.of(stored.get().report(), verbose));
        }
        PreviousText.of(disk, layout).ifPresent(version -> console.print("previous     " + PreviousText.kept(version)));
    }

    private void printJson(CurrentStatus now, Optional<AgentNow> agent, Optional<Stored> stored) {
        if (stored.isEmpty() && now.state().code() == ExitCode.DONE) {
            return;
        }
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("now", now.json(agent));
        stored.ifPresent(last -> members.putAll(last.members()));
        PreviousText.of(disk, layout)
                .ifPresent(version ->
                        members.put("previous", PreviousText.json(version).toJson()));
        console.printText(harmless(new String(JsonText.pretty(new Json.Members(members)), StandardCharsets.UTF_8)));
    }

    private record Stored(Map<String, Json> members, UpdateReport report) {}

    /**
     * The report in the state directory is the updater's own. The one in home is for those who may not read that: the
     * owner of home could have written it, or have removed it.
     */
    private Optional<Stored> stored(List<String> notes) {
        Optional<Stored> inState = read(false, notes);
        if (inState.isPresent()) {
            return inState;
        }
        Optional<Stored> inHome = read(true, notes);
        if (inHome.isPresent()) {
            notes.add("this is the report " + layout.report()
                    + ", which the owner of home can change; the updater's own in " + layout.state()
                    + " is not there, or not for you to read");
        }
        return inHome;
    }

    private Optional<Stored> read(boolean inHome, List<String> notes) {
        String path = (inHome ? layout.report() : layout.state().resolve(StateFiles.REPORT)).toString();
        try {
            Optional<byte[]> bytes = inHome
                    ? bytes(layout.home(), "log", MAX_BYTES_IN_HOME)
                    : bytes(layout.state(), "", MAX_REPORT_BYTES);
            if (bytes.isEmpty()) {
                return Optional.empty();
            }
            UpdateReport report = ReportJson.read(bytes.get());
            if (JsonText.parse(bytes.get(), JsonText.Strictness.LENIENT)
                    instanceof Json.Members(Map<String, Json> all)) {
                return Optional.of(new Stored(all, report));
            }
            return Optional.empty();
        } catch (ReportFormatException | JsonShapeException e) {
            notes.add("the report " + path + " is damaged: " + e.getMessage());
        } catch (AccessDeniedException e) {
            if (inHome) {
                notes.add("the report " + path + " is not for you to read");
            }
        } catch (IOException e) {
            notes.add("the report " + path + " cannot be read: " + Reason.of(e));
        }
        return Optional.empty();
    }

    private Optional<byte[]> bytes(Path anchor, String directory, int most) throws IOException {
        try (DirectoryChain opened = new DirectoryChain(disk)) {
            return SmallFile.read(opened.directory(anchor, directory), StateFiles.REPORT, most);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static List<String> guard(CurrentStatus now, Optional<Boolean> ready) {
        boolean unfinished = now.state() == CurrentStatus.State.UNFINISHED;
        if (ready.isEmpty() || (!unfinished && (!ready.get() || now.state() == CurrentStatus.State.RUNNING))) {
            return List.of();
        }
        if (!unfinished) {
            return now.probation().isPresent()
                    ? List.of("the guard is armed, and looks at what is on probation every 15 s")
                    : List.of("the guard is armed, and disarms itself when it finds nothing to do");
        }
        return List.of(
                ready.get()
                        ? "the guard is armed: the host finishes the update by itself"
                        : "the guard is not armed: the host does not finish the update by itself");
    }

    /** Outside strings there are no such characters, and in them an escape means the same. */
    private static String harmless(String json) {
        return json.lines().map(Printable::text).collect(Collectors.joining("\n", "", "\n"));
    }
}
