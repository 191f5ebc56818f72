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
            "previous-version",
            "previous-shipped",
            "previous-definition");

    /** A file that was being written: its next writer removes it. */
    private static final String UNFINISHED = ".updater-new";

    private final SweepHost host;
    private final TreeSnapshot old;
    private final TreeSnapshot updated;

    private Judge(SweepHost host, TreeSnapshot old, TreeSnapshot updated) {
        this.host = host;
        this.old = old;
        this.updated = updated;
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
        TreeSnapshot staged = record(host, "/mnt/disk/new");
        return new Judge(host, old, expected(old, staged));
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

    /** The definition is written anew, and placing files changes directories. */
    private static TreeSnapshot timeless(TreeSnapshot tree) {
        SortedMap<String, TreeSnapshot.Entry> entries =
                new TreeMap<>(tree.ignoringDirectoryTimes().entries());
        entries.computeIfPresent("agent.process", (name, entry) -> entry.at(FileTime.fromMillis(0)));
        return TreeSnapshot.of(entries);
    }

    private static TreeSnapshot record(SweepHost host, String tree) {
        return TreeSnapshot.of(host.disk().at(tree), NOT_JUDGED);
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
        List<String> fromOld = now.ignoringOwnTime().changesSince(old);
        List<String> fromNew = timeless(now).changesSince(updated);
        boolean isNew = fromNew.isEmpty();
        if (!isNew && !fromOld.isEmpty()) {
            wrong.add("home is neither old: " + fromOld + "\nnor new: " + fromNew);
        }
        if (running) {
            wrong.addAll(wrongAgents(isNew ? "v2" : "v1"));
        }
        String status = String.join("", host.lines(SweepHost.HOME + "/package_statuses.json"));
        Ending ending = isNew ? Ending.NEW : status.contains("\"status\":2") ? Ending.UNTOUCHED : Ending.OLD;
        int expected = switch (ending) {
            case UNTOUCHED -> 2;
            case OLD -> 3;
            case NEW -> 0;
        };
        boolean agentsOwn = !running && ending == Ending.NEW;
        if (!agentsOwn && !status.matches("(?s).*\"status\" ?: ?" + expected + "[,}].*")) {
            wrong.add("the status file of an agent that is " + ending + ": " + status);
        }
        wrong.addAll(leftInState());
        wrong.addAll(leftInWork());
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

    private List<String> leftInState() {
        Path state = host.disk().at(SweepHost.STATE);
        if (!Files.exists(state, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(state)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !KEPT.contains(name) && !name.startsWith("runtime-") && !name.endsWith(UNFINISHED))
                    .map(name -> "left in the state directory: " + name)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
