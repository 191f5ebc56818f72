package updater.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import updater.api.HomeLayout;
import updater.app.host.Console;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.fs.UpdaterLock;
import updater.json.Printable;
import updater.state.document.ReportFormatException;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.transaction.context.StateFiles;

/**
 * The command that prints what the last update did, and whether one is unfinished or at work. Changes nothing, takes no lock.
 *
 * @param alive whether a process of that id runs
 */
record StatusCommand(Disk disk, HomeLayout layout, LongPredicate alive, Console console) {
    private static final int MAX_REPORT_BYTES = 16 << 20;

    /** One that the updater writes has some 100 KiB; who owns home may write another. */
    private static final int MAX_BYTES_IN_HOME = 1 << 20;

    private static final int SHOWN = 0;
    private static final int NO_REPORT = 5;

    /**
     * Prints the report.
     *
     * @param guardArmed whether anything of the guard is on the host; empty when that is not known
     * @return the exit code: 0, or 5 when there is no report
     */
    int run(boolean json, boolean verbose, Optional<Boolean> guardArmed) {
        List<String> notes = new ArrayList<>();
        Optional<Stored> stored = stored(notes);
        notes.addAll(now(guardArmed));
        if (stored.isPresent()) {
            console.printText(
                    json
                            ? harmless(stored.get().text())
                            : ReportText.of(stored.get().report(), verbose));
        }
        if (stored.isEmpty()) {
            console.failure(
                    "there is no report of an update of " + layout.home(),
                    "No update ended there yet, or its report was removed");
        }
        if (!notes.isEmpty() && stored.isPresent() && !json) {
            console.print("");
        }
        for (String note : notes) {
            if (json || stored.isEmpty()) {
                console.failure(note, "");
            } else {
                console.print(note);
            }
        }
        return stored.isPresent() ? SHOWN : NO_REPORT;
    }

    private record Stored(String text, UpdateReport report) {}

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
            return Optional.of(new Stored(new String(bytes.get(), StandardCharsets.UTF_8), report));
        } catch (ReportFormatException e) {
            notes.add("the report " + path + " is damaged: " + e.getMessage());
        } catch (AccessDeniedException e) {
            if (inHome) {
                notes.add("the report " + path + " is not for you to read");
            }
        } catch (IOException e) {
            notes.add("the report " + path + " cannot be read: " + e.getClass().getSimpleName());
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

    /** The lock is not tried: an updater that starts just then would find it taken, and give up. */
    private List<String> now(Optional<Boolean> guardArmed) {
        List<String> notes = new ArrayList<>();
        try (Directory state = disk.open(layout.state())) {
            boolean unfinished = state.look("journal").isPresent();
            Optional<LockHolder> holder =
                    LockHolder.parse(UpdaterLock.holder(state)).filter(found -> alive.test(found.pid()));
            if (holder.isPresent()) {
                notes.add("at work: " + holder.get().forPeople());
            }
            if (unfinished && holder.isEmpty()) {
                notes.add("an update is unfinished: run '" + layout.stateLauncher() + " recover'");
            }
            if (unfinished && guardArmed.isPresent()) {
                notes.add(
                        guardArmed.get()
                                ? "the guard is armed: the host finishes the update by itself"
                                : "the guard is not armed: the host does not finish the update by itself");
            } else if (guardArmed.orElse(false)) {
                notes.add("the guard is armed, and disarms itself when it finds nothing to do");
            }
        } catch (NoSuchFileException e) {
            // No updater has ever run here, so nothing is unfinished.
        } catch (IOException e) {
            notes.add("whether an update is unfinished cannot be told, as " + layout.state() + " cannot be read: "
                    + e.getClass().getSimpleName());
        }
        return notes;
    }

    /** Outside strings JSON has no such characters but white space, and in them an escape means the same. */
    private static String harmless(String json) {
        String text = json.startsWith("\ufeff") ? json.substring(1) : json;
        return text.replace('\t', ' ')
                .replace('\r', ' ')
                .lines()
                .map(Printable::text)
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
