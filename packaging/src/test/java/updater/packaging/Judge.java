package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import updater.testkit.ExpectedTree;
import updater.testkit.TreeSnapshot;

/**
 * What must hold once an update has come to its end, whatever happened to it on the way: the tree is exactly the old or exactly the new
 * one, the version that is in place is the one that runs, the status file agrees, and neither journal nor guard is left.
 */
final class Judge {

    private static final String[] NOT_JUDGED = {"log", "tmp", "updater", ".updater", "package_statuses.json"};
    private static final Set<String> KEPT = Set.of(
            "lock",
            "holder",
            "history",
            "product.json",
            "runtime",
            "updater",
            "updater-report.json",
            "kept",
            // Where the log in home cannot be written.
            "updater.log",
            "shipped",
            "installed-product",
            "previous-version",
            "previous-shipped",
            "previous-product",
            "previous-beside",
            "previous-definition");

    /** A file that was being written: its next writer removes it. */
    private static final String UNFINISHED = ".updater-new";

    private final SweepHost host;
    private final TreeSnapshot old;
    private final TreeSnapshot updated;

    private static final Set<String> GUARD = Set.of("guard", "guard.sh", "guard.pid", "probation");

    private final boolean vendor;

    private Judge(SweepHost host, TreeSnapshot old, TreeSnapshot updated, boolean vendor) {
        this.host = host;
        this.old = old;
        this.updated = updated;
        this.vendor = vendor;
    }

    /** Which version is in place. */
    enum Ending {
        /** Old, and the agent never stopped: nothing reported, the status file says that an install is under way. */
        UNTOUCHED,
        OLD,
        NEW
    }

    /** Learns the two trees: the old one before an update, the new one from the bundle itself. */
    static Judge of(SweepHost host) {
        TreeSnapshot old = record(host, "/mnt/disk/old").ignoringOwnTime();
        return new Judge(host, old, expected(old, record(host, "/mnt/disk/new")), false);
    }

    /**
     * As {@link #of}, of a host whose vendor has hooks, a migration and a probation, and of the run that it disturbs now: one
     * backwards leads from what an update has left to the old tree, with the operator's migrated file beside it.
     */
    static Judge ofVendor(SweepHost host) {
        TreeSnapshot old = record(host, "/mnt/disk/old").ignoringOwnTime();
        if (!host.run().backwards()) {
            return new Judge(host, old, migrated(expected(old, record(host, "/mnt/disk/new"))), true);
        }
        TreeSnapshot before = record(host, "/mnt/disk/updated/home").ignoringOwnTime();
        Map<String, TreeSnapshot.Entry> back = new TreeMap<>(old.entries());
        back.put("config.yaml.orig", before.entries().get("config.yaml"));
        return new Judge(host, before, timeless(TreeSnapshot.of(back)), true);
    }

    /** The operator's file has what the new version's command has printed, and all else of it is as it was. */
    private static TreeSnapshot migrated(TreeSnapshot tree) {
        Map<String, TreeSnapshot.Entry> entries = new TreeMap<>(tree.entries());
        entries.computeIfPresent("config.yaml", (name, was) -> was.holding(SweepAgent.MIGRATED));
        return TreeSnapshot.of(entries);
    }

    /** The definition, which the updater writes from the bundle to where it is installed, gets its own line. */
    private static TreeSnapshot expected(TreeSnapshot old, TreeSnapshot staged) {
        Map<String, TreeSnapshot.Entry> entries =
                new TreeMap<>(ExpectedTree.of(old, staged, name -> false, Set.of("config.yaml"))
                        .entries());
        entries.computeIfPresent(
                "agent.process",
                (name, was) -> ExpectedTree.replaced(was, staged.entries().get("install/agent.process")));
        return timeless(TreeSnapshot.of(entries));
    }

    /** The definition and what a migration prints are written anew, and placing files changes directories. */
    private static TreeSnapshot timeless(TreeSnapshot tree) {
        SortedMap<String, TreeSnapshot.Entry> entries =
                new TreeMap<>(tree.ignoringDirectoryTimes().entries());
        for (String written : List.of("agent.process", "config.yaml", "config.yaml.orig")) {
            entries.computeIfPresent(written, (name, entry) -> entry.at(FileTime.fromMillis(0)));
        }
        return TreeSnapshot.of(entries);
    }

    private static TreeSnapshot record(SweepHost host, String tree) {
        return TreeSnapshot.of(host.disk().at(tree), NOT_JUDGED);
    }

    /** Returns what is not as it was before an update that was taken back; the operator's migrated file is beside it. */
    List<String> wentBack() {
        Map<String, TreeSnapshot.Entry> expected = new TreeMap<>(timeless(old).entries());
        expected.put(
                "config.yaml.orig", Objects.requireNonNull(updated.entries().get("config.yaml")));
        return timeless(record(host, SweepHost.HOME)).changesSince(timeless(TreeSnapshot.of(expected)));
    }

    /** Returns how it ended; fails with all that is wrong. */
    Ending ended(String what) {
        return judged(what, true);
    }

    /** The same where the power was cut: no service manager brings the agent up here, and what the agent had not forced may be lost. */
    Ending endedAfterPowerCut(String what) {
        return judged(what, false);
    }

    private Ending judged(String what, boolean running) {
        List<String> wrong = new ArrayList<>();
        TreeSnapshot now = record(host, SweepHost.HOME);
        // What was being written beside the status file is removed by whoever writes that next.
        List<String> fromOld = now.ignoringOwnTime().changesSince(old).stream()
                .filter(change -> !change.endsWith(UNFINISHED + ": new file"))
                .toList();
        List<String> fromNew = timeless(now).changesSince(updated);
        boolean isNew = fromNew.isEmpty();
        if (!isNew && !fromOld.isEmpty()) {
            wrong.add("home is neither old: " + fromOld + "\nnor new: " + fromNew);
        }
        if (running) {
            wrong.addAll(wrongAgents(isNew ? host.run().to() : host.run().from()));
        }
        String status = String.join("", host.lines(SweepHost.HOME + "/package_statuses.json"));
        int untouched = host.run().backwards() ? 0 : 2;
        Ending ending = isNew ? Ending.NEW : status.contains("\"status\":" + untouched) ? Ending.UNTOUCHED : Ending.OLD;
        int expected = switch (ending) {
            case UNTOUCHED -> untouched;
            case OLD -> 3;
            case NEW -> 0;
        };
        boolean agentsOwn = !running && ending == Ending.NEW;
        if (!agentsOwn && !status.matches("(?s).*\"status\" ?: ?" + expected + "[,}].*")) {
            wrong.add("the status file of an agent that is " + ending + ": " + status);
        }
        wrong.addAll(leftInState(vendor && isNew != host.run().backwards() && !gaveUp(isNew)));
        wrong.addAll(leftInWork());
        if (vendor) {
            wrong.addAll(wrongHooks(ending));
        }
        if (!wrong.isEmpty()) {
            throw new AssertionError(what + ":\n" + String.join("\n", wrong) + "\n" + host.said() + "\n" + host.log());
        }
        return ending;
    }

    private List<String> wrongAgents(String version) {
        List<String> agents = host.agents();
        List<String> started = host.lines(SweepHost.HOME + "/log/running");
        return agents.size() == 1 && started.equals(List.of(agents.getFirst() + " " + version))
                ? List.of()
                : List.of("of " + version + " runs: " + agents + ", and the last that started is " + started);
    }

    /** What an update replaced is kept, if it stays. */
    private List<String> leftInWork() {
        Path work = host.disk().at(SweepHost.HOME + "/.updater");
        if (!Files.isDirectory(work, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(work)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("previous"))
                    .map(name -> "left in the work directory: " + name)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A version that failed its probation, and for which the agent was stopped in vain, stays, and the report says so. */
    private boolean gaveUp(boolean isNew) {
        return host.run() == SweptRun.FAILED_PROBATION
                && !isNew
                && !Files.exists(host.disk().at(SweepHost.STATE + "/probation"))
                && String.join("", host.lines(SweepHost.STATE + "/updater-report.json"))
                        .contains("ROLLED_BACK");
    }

    /** What a hook does may be done again, but what has to be done is. */
    private List<String> wrongHooks(Ending ending) {
        Set<String> ran = Set.copyOf(host.lines("/mnt/hooks.ran"));
        Set<Set<String>> expected = switch (ending) {
            case UNTOUCHED -> Set.of(Set.of(), Set.of("before-stop"));
            case OLD -> Set.of(Set.of("before-stop", "after-rollback"));
            case NEW -> Set.of(Set.of("before-stop", "after-start"));
        };
        return expected.contains(ran) ? List.of() : List.of("of the hooks ran " + ran);
    }

    /** A version on probation has its guard, and no other one has. */
    private List<String> leftInState(boolean probation) {
        Path state = host.disk().at(SweepHost.STATE);
        if (!Files.exists(state, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        if (probation && !Files.exists(state.resolve("probation"))) {
            return List.of("the version that is in place is not on probation");
        }
        if (probation && !Files.exists(state.resolve("guard"))) {
            return List.of("nobody looks at the version that is on probation");
        }
        try (Stream<Path> files = Files.list(state)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !KEPT.contains(name) && !name.startsWith("runtime-") && !name.endsWith(UNFINISHED))
                    .filter(name -> !(probation && GUARD.contains(name)))
                    .map(name -> "left in the state directory: " + name)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
