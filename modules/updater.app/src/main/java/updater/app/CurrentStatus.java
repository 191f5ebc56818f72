package updater.app;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.UpdaterLock;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.state.document.Hold;
import updater.state.document.PreviousVersion;
import updater.state.document.Probation;
import updater.state.journal.JournalRecord.Reached;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.state.log.LogChannels;
import updater.transaction.backup.PreviousTree;
import updater.transaction.context.DamagedJournal;
import updater.transaction.context.DamagedRecords;
import updater.transaction.context.HoldFile;
import updater.transaction.context.ProbationFile;

/**
 * What is true of an installation now, whatever the last report says.
 *
 * @param holder the updater at work; empty when none is, and while an update is unfinished whose updater died
 * @param suspended whether a signal has stopped the updater at work, so that it does nothing
 * @param hold whether updates are held back
 * @param probation of the installed version; empty when there is none, or it cannot be told
 * @param damaged which records of the state directory cannot be read, a sentence each
 * @param phase the last record of the journal; empty when there is none, or when it is not to be read
 */
record CurrentStatus(
        State state,
        Optional<LockHolder> holder,
        boolean suspended,
        Optional<Phase> phase,
        Holding hold,
        Optional<OnProbation> probation,
        List<String> damaged) {
    CurrentStatus {
        damaged = List.copyOf(damaged);
    }

    /**
     * Whether an operator holds updates back.
     *
     * @param hold what does; empty when nothing does
     * @param known whether that could be told: a record that cannot be read keeps every update back, whatever it said
     */
    record Holding(Optional<Hold> hold, boolean known) {}

    /**
     * The probation of the installed version.
     *
     * @param kept whether what it replaced is there to go back to, should it fail
     */
    record OnProbation(Probation probation, boolean kept) {
        private String text() {
            return probation.named() + " is ON PROBATION: it has run for "
                    + probation.ran().toSeconds() + " s of "
                    + probation.required().toSeconds() + " s"
                    + (kept ? "" : "; what it replaced could not be kept, and it would stay if it failed");
        }
    }

    /** The state of an installation. */
    enum State {
        /** An updater is at work. */
        RUNNING(ExitCode.BUSY),
        /** An update is unfinished, and nobody is at work on it. */
        UNFINISHED(ExitCode.INCOMPLETE),
        /** The journal of an update that failed was damaged: home may hold files of two versions. */
        DAMAGED(ExitCode.INCOMPLETE),
        /** Nothing is under way: the last report is how things are. */
        IDLE(ExitCode.DONE),
        /** The state directory is not to be read. */
        UNKNOWN(ExitCode.DONE);

        private final ExitCode code;

        State(ExitCode code) {
            this.code = code;
        }

        ExitCode code() {
            return code;
        }

        private String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Looks. The lock is not tried: a guard that comes just then would find it taken.
     *
     * @param alive whether the process that says of itself that it holds the lock still runs
     */
    static CurrentStatus observe(Disk disk, HomeLayout layout, LockHolder.Look alive, Instant moment) {
        Holding hold = hold(disk, layout, moment);
        Optional<OnProbation> probation = probation(disk, layout);
        List<String> damaged = new DamagedRecords(disk, layout).find();
        try (Directory state = disk.open(layout.state())) {
            boolean unfinished = state.lookup("journal").isPresent();
            Optional<LockHolder> holder =
                    LockHolder.parse(UpdaterLock.holder(state)).filter(alive::runs);
            if (holder.isEmpty() && !unfinished) {
                boolean twoVersions = new DamagedJournal(disk, layout).find().isPresent();
                return quiet(twoVersions ? State.DAMAGED : State.IDLE, hold, probation, damaged);
            }
            return new CurrentStatus(
                    holder.isPresent() ? State.RUNNING : State.UNFINISHED,
                    holder,
                    holder.filter(alive::suspended).isPresent(),
                    unfinished ? phase(layout) : Optional.empty(),
                    hold,
                    probation,
                    damaged);
        } catch (NoSuchFileException e) {
            // No updater has ever run here, so nothing is unfinished.
            return quiet(State.IDLE, hold, probation, damaged);
        } catch (IOException e) {
            return quiet(State.UNKNOWN, hold, probation, damaged);
        }
    }

    private static CurrentStatus quiet(
            State state, Holding hold, Optional<OnProbation> probation, List<String> damaged) {
        return new CurrentStatus(state, Optional.empty(), false, Optional.empty(), hold, probation, damaged);
    }

    private static Holding hold(Disk disk, HomeLayout layout, Instant moment) {
        try {
            return new Holding(new HoldFile(disk, layout).at(moment), true);
        } catch (IOException e) {
            return new Holding(Optional.empty(), false);
        }
    }

    private static Optional<OnProbation> probation(Disk disk, HomeLayout layout) {
        try {
            Optional<Probation> found = new ProbationFile(disk, layout).read();
            Optional<PreviousVersion> previous = PreviousTree.read(disk, layout).filter(PreviousVersion::whole);
            return found.map(probation -> new OnProbation(
                    probation,
                    previous.filter(version -> version.update()
                                    .equals(probation.installed().update()))
                            .isPresent()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<Phase> phase(HomeLayout layout) {
        try {
            List<Reached> reached = JournalView.read(layout.journal(), LogChannels.ofFileSystem())
                    .reached();
            return reached.isEmpty()
                    ? Optional.empty()
                    : Optional.of(reached.getLast().phase());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Returns the line that an operator reads first; empty when the report tells. */
    Optional<String> line(HomeLayout layout) {
        Optional<String> held = hold.hold()
                .map(found -> "updates are HELD BACK " + found.text())
                .or(() -> probation.map(OnProbation::text));
        return switch (state) {
            case RUNNING ->
                holder.map(found -> "an updater is at work: " + found.forPeople() + ", "
                        + reached().orElse("which is preparing")
                        + (suspended ? ", but a signal has STOPPED it: " + found.wakened() : ""));
            case UNFINISHED ->
                Optional.of("an update is UNFINISHED"
                        + reached().map(last -> ", " + last).orElse("") + ": run '" + layout.stateLauncher()
                        + " recover'");
            case DAMAGED ->
                Optional.of(
                        "home may hold files of TWO VERSIONS, as the journal of an update that failed was damaged: run '"
                                + layout.stateLauncher() + " apply BUNDLE'");
            case UNKNOWN ->
                Optional.of("whether an update is unfinished cannot be told, as " + layout.state() + " cannot be read");
            case IDLE -> held;
        };
    }

    /** Returns what {@code apply} does about it before it installs anything; empty when there is nothing to do. */
    Optional<String> endedByApply(HomeLayout layout) {
        return state == State.UNFINISHED
                ? Optional.of("an update is unfinished"
                        + reached().map(last -> ", " + last).orElse("")
                        + ": 'apply' ends it first, as '" + layout.stateLauncher()
                        + " recover' does, and goes on; where its"
                        + " rollback stays incomplete, it installs nothing and exits with 4")
                : Optional.empty();
    }

    private Optional<String> reached() {
        return phase.map(
                last -> "last phase " + last.name().toLowerCase(Locale.ROOT).replace('_', ' '));
    }

    private static Json json(Hold hold) {
        JsonMembers members = new JsonMembers().add("since", hold.since().toString());
        hold.until().ifPresent(end -> members.add("until", end.toString()));
        return members.add("reason", hold.reason()).toJson();
    }

    private static Json json(OnProbation found) {
        Probation probation = found.probation();
        return new JsonMembers()
                .add("version", probation.installed().version())
                .add("ran_ms", probation.ran().toMillis())
                .add("required_ms", probation.required().toMillis())
                .add("verdict", probation.verdict())
                .add("previous_kept", found.kept())
                .toJson();
    }

    /**
     * Returns the same for programs.
     *
     * @param agent what the service manager says of the agent; empty when that is not known
     */
    Json json(Optional<AgentNow> agent) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("state", new Json.Text(state.text()));
        if (holder.isPresent()) {
            members.put("pid", Json.number(holder.get().pid()));
            members.put("command", new Json.Text(holder.get().command()));
            members.put("since", new Json.Text(holder.get().since().toString()));
            if (suspended) {
                members.put("suspended", new Json.Bool(true));
            }
        }
        phase.ifPresent(last -> members.put("phase", new Json.Text(last.name())));
        agent.ifPresent(found -> members.put("agent", found.json()));
        hold.hold().ifPresent(found -> members.put("hold", json(found)));
        probation.ifPresent(found -> members.put("probation", json(found)));
        if (!damaged.isEmpty()) {
            members.put(
                    "damaged",
                    new Json.Elements(damaged.stream().<Json>map(Json.Text::new).toList()));
        }
        return new Json.Members(members);
    }
}
