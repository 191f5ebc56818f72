package updater.transaction.context;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.state.document.HistoryEntry;
import updater.state.document.HistoryJson;
import updater.state.document.UpdateReport;

/**
 * The last updates of this host, in the state directory, and how often each bundle has failed among them.
 *
 * <p>Only what the updater itself writes is read, and nothing that an undo needs: one that is lost makes a host forgetful.
 */
public record HistoryFile(Disk disk, HomeLayout layout) {
    /** How many updates are remembered. */
    public static final int MOST = 50;

    private static final int MAX_BYTES = 1 << 22;
    private static final int OWNER_ONLY = 0600;
    private static final int MAX_TREE = 256;

    /** Returns the updates that are remembered, the oldest first. */
    public List<HistoryEntry> read() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            return SmallFile.read(state, StateFiles.HISTORY, MAX_BYTES)
                    .map(HistoryJson::read)
                    .orElse(List.of());
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /**
     * Remembers an update. Durable and atomic. An update that a recovery reports again is remembered once; of a refusal that
     * is repeated, as an agent's offers are, only the last is.
     */
    public void add(UpdateReport report) throws IOException {
        List<HistoryEntry> history = new ArrayList<>(read());
        HistoryEntry entry =
                HistoryEntry.of(report, new HistoryEntry.Trees(note(StateFiles.TREE), note(StateFiles.TAKES_BACK)));
        if (!history.isEmpty() && repeats(history.getLast(), entry)) {
            history.removeLast();
        }
        history.add(entry);
        write(history.subList(Math.max(0, history.size() - MOST), history.size()));
    }

    private static boolean repeats(HistoryEntry last, HistoryEntry entry) {
        boolean again = entry.outcome() == UpdateReport.Outcome.REFUSED
                && last.outcome() == entry.outcome()
                && last.refusalCode().equals(entry.refusalCode())
                && last.versions().to().equals(entry.versions().to());
        return again || last.id().equals(entry.id());
    }

    /** Returns how often a tree has failed since it was last installed here or forgiven. */
    public int failuresOf(String tree) throws IOException {
        int failures = 0;
        for (HistoryEntry entry : read()) {
            if (entry.trees().staged().equals(tree)) {
                failures =
                        entry.failed() ? failures + 1 : entry.outcome() == UpdateReport.Outcome.UPDATED ? 0 : failures;
            }
        }
        return failures;
    }

    /** Returns whether an update to a tree was taken back here, and the tree neither installed again since nor forgiven. */
    public boolean wasTakenBack(String tree) throws IOException {
        boolean taken = false;
        for (HistoryEntry entry : read()) {
            if (entry.outcome() == UpdateReport.Outcome.UPDATED && !tree.isEmpty()) {
                taken = entry.trees().tookBack().equals(tree)
                        || (taken && !entry.trees().staged().equals(tree));
            }
        }
        return taken;
    }

    /**
     * The updates that were held against their bundles.
     *
     * @param failed how many had failed
     * @param takenBack how many an operator or a probation had taken back
     */
    public record Forgiven(int failed, int takenBack) {}

    /** Lets every bundle be tried again that has failed, or was taken back. Durable, atomic and idempotent. */
    public Forgiven forgive() throws IOException {
        List<HistoryEntry> history = read();
        List<HistoryEntry> held =
                history.stream().filter(HistoryEntry::isHeldAgainst).toList();
        int takenBack = (int) held.stream()
                .filter(entry -> !entry.trees().tookBack().isEmpty())
                .count();
        if (!held.isEmpty()) {
            write(history.stream()
                    .map(entry -> entry.isHeldAgainst() ? entry.forgiven() : entry)
                    .toList());
        }
        return new Forgiven(held.size() - takenBack, takenBack);
    }

    /** Gives an update that is remembered another reason. Durable and atomic. */
    public void amend(String update, String reason) throws IOException {
        write(read().stream()
                .map(entry -> entry.id().equals(update) ? entry.withReason(reason) : entry)
                .toList());
    }

    /** Notes what the update under way is to install, for when it ends. Forced with what follows. */
    public void begin(String tree) throws IOException {
        note(StateFiles.TREE, tree);
    }

    /** Notes that the update under way takes another one back, and what that had installed. As {@link #begin}. */
    public void takesBack(String tree) throws IOException {
        note(StateFiles.TAKES_BACK, tree);
    }

    /** Returns what the update under way is to install; empty when that is not known. */
    public String beginning() throws IOException {
        return note(StateFiles.TREE);
    }

    /** Returns whether the update under way takes another one back. */
    public boolean takesBack() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            return state.lookup(StateFiles.TAKES_BACK).isPresent();
        }
    }

    private void note(String name, String tree) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            SmallFile.replace(state, name, tree.getBytes(StandardCharsets.US_ASCII), OWNER_ONLY);
        }
    }

    private String note(String name) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            Optional<byte[]> tree = SmallFile.read(state, name, MAX_TREE);
            return tree.map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
                    .orElse("");
        }
    }

    private void write(List<HistoryEntry> history) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            SmallFile.replace(state, StateFiles.HISTORY, HistoryJson.write(history), OWNER_ONLY);
        }
    }
}
