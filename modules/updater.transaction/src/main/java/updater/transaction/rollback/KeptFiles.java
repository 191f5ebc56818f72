package updater.transaction.rollback;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.state.document.UpdateReport.KeptFile;
import updater.transaction.apply.DisplacedFiles;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;

/**
 * What a rollback replaces or removes because the new agent wrote it: an operator may want it. Copied to the state
 * directory, up to the product's limits, which hold for all runs of one rollback together; what does not fit is listed
 * and lost.
 */
final class KeptFiles implements DisplacedFiles {
    private static final int MAX_LISTED = 200;

    /** Of bytes in UTF-8; file systems take 255, and a number comes before. */
    private static final int LONGEST_NAME = 200;

    /** How far the clock that file systems stamp with may be behind the one that is read. */
    private static final Duration CLOCK_TICK = Duration.ofMillis(20);

    private final UpdateContext context;
    private final String id;
    private final Instant startedAt;
    private final EventLog log;
    private final List<KeptFile> listed = new ArrayList<>();
    private long count;
    private long notKept;

    /** What is left; nothing was looked up before the first file. */
    private @Nullable KeptRoom room;

    /**
     * @param id names this update's directory among the kept files
     * @param startedAt when the new agent, or the old one after an incomplete rollback, may have begun to write;
     *     what was last modified before is the bundle's
     */
    KeptFiles(UpdateContext context, String id, Instant startedAt, EventLog log) {
        this.context = context;
        this.id = id;
        this.startedAt = startedAt;
        this.log = log;
    }

    /** Keeps it when the new agent wrote it. Never fails: keeping is a courtesy, the rollback is not. */
    @Override
    public void beforeReplacing(Directory parent, String name, String path) {
        try {
            Optional<FileEntry> there = parent.lookup(name);
            if (there.isPresent() && writtenByNewAgent(there.get())) {
                keep(parent, there.get(), path);
            }
        } catch (IOException e) {
            log.warning("could not keep what is about to be undone", e, "path", path);
            list(path, KeptCopy.Extent.NOTHING, "");
        }
    }

    /** Returns the first files, and behind them how many there are beside these. */
    List<KeptFile> listed() {
        List<KeptFile> all = new ArrayList<>(listed);
        if (count > listed.size()) {
            all.add(new KeptFile(
                    "\u2026",
                    (count - listed.size()) + " more written by the new agent; not kept, or not all of it: " + notKept
                            + " of " + count,
                    ""));
        }
        return List.copyOf(all);
    }

    private boolean writtenByNewAgent(FileEntry entry) {
        return entry.type() == FileType.DIRECTORY || !entry.stat().modified().isBefore(startedAt.minus(CLOCK_TICK));
    }

    private void list(String path, KeptCopy.Extent extent, String where) {
        count++;
        notKept += extent == KeptCopy.Extent.ALL ? 0 : 1;
        if (listed.size() < MAX_LISTED) {
            listed.add(
                    switch (extent) {
                        case ALL -> new KeptFile(path, "written by the new agent", where);
                        case PART ->
                            new KeptFile(
                                    path, "written by the new agent; more than is kept, so that only a part is", where);
                        case NOTHING -> new KeptFile(path, "written by the new agent", "");
                    });
        }
    }

    private void keep(Directory parent, FileEntry entry, String path) throws IOException {
        KeptRoom left = room();
        if (!left.any()) {
            list(path, KeptCopy.Extent.NOTHING, "");
            return;
        }
        try (Directory state = context.disk().open(context.layout().state());
                Directory kept = childOf(state, HomeLayout.KEPT);
                Directory mine = childOf(kept, id)) {
            String as = unused(mine, entry.path());
            KeptCopy.Extent extent = KeptCopy.copy(parent, entry, mine, as, left);
            list(path, extent, context.layout().kept().resolve(id).resolve(as).toString());
        }
    }

    private KeptRoom room() throws IOException {
        KeptRoom known = room;
        if (known == null) {
            known = KeptRoom.left(context);
            room = known;
        }
        return known;
    }

    /** An earlier run of the same undo may have kept another state of the same file. */
    private String unused(Directory mine, String name) throws IOException {
        String end = name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME ? "" : "-" + name;
        long number = count;
        while (mine.lookup(number + end).isPresent()) {
            number++;
        }
        return number + end;
    }

    private static Directory childOf(Directory parent, String name) throws IOException {
        if (parent.lookup(name).isEmpty()) {
            parent.createDirectory(name, 0700);
        }
        return parent.child(name);
    }
}
