package updater.transaction.rollback;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.FileCopy;
import updater.fs.TreeWalk;
import updater.state.document.UpdateReport.KeptFile;
import updater.transaction.apply.DisplacedFiles;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;

/**
 * What a rollback replaces or removes because the new agent wrote it: an operator may want it. Kept in the state directory,
 * up to the product's limit; what does not fit is listed and lost.
 */
final class KeptFiles implements DisplacedFiles {
    private static final int MAX_LISTED = 200;

    /** How far the clock that file systems stamp with may be behind the one that is read. */
    private static final Duration CLOCK_TICK = Duration.ofMillis(20);

    /** Each level holds two directories open. */
    private static final int MAX_LEVELS = 100;

    private final UpdateContext context;
    private final String id;
    private final Instant startedAt;
    private final EventLog log;
    private final List<KeptFile> listed = new ArrayList<>();
    private long bytesLeft;
    private long count;

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
        this.bytesLeft = context.product().retention().keptBytes();
    }

    /** Keeps it when the new agent wrote it. Never fails: keeping is a courtesy, the rollback is not. */
    @Override
    public void beforeReplacing(Directory parent, String name, String path) {
        try {
            Optional<FileEntry> there = parent.look(name);
            if (there.isPresent() && writtenByNewAgent(there.get())) {
                list(path, move(parent, name, there.get()));
            }
        } catch (IOException e) {
            log.warning("could not keep what is about to be undone", e, "path", path);
            list(path, Optional.empty());
        }
    }

    List<KeptFile> listed() {
        return List.copyOf(listed);
    }

    private boolean writtenByNewAgent(FileEntry entry) {
        return entry.type() == FileType.DIRECTORY || !entry.stat().modified().isBefore(startedAt.minus(CLOCK_TICK));
    }

    private void list(String path, Optional<String> where) {
        count++;
        if (listed.size() < MAX_LISTED) {
            listed.add(new KeptFile(path, "written by the new agent", where.orElse("")));
        }
    }

    private Optional<String> move(Directory parent, String name, FileEntry entry) throws IOException {
        long size = entry.type() == FileType.DIRECTORY ? sizeOf(parent, name) : entry.size();
        if (size > bytesLeft || entry.type() == FileType.SPECIAL) {
            return Optional.empty();
        }
        try (Directory state = context.disk().open(context.layout().state());
                Directory kept = childOf(state, HomeLayout.KEPT);
                Directory mine = childOf(kept, id)) {
            String as = unused(mine, name);
            if (parent.sameMount(mine)) {
                parent.rename(name, mine, as);
            } else {
                copy(parent, name, entry, mine, as, MAX_LEVELS);
            }
            bytesLeft -= size;
            return Optional.of(context.layout().kept().resolve(id).resolve(as).toString());
        }
    }

    /** Directories only get an owner's access, as all that is kept; devices and the like are left out. */
    private static void copy(Directory from, String name, FileEntry entry, Directory to, String as, int levels)
            throws IOException {
        switch (entry.type()) {
            case REGULAR, SYMLINK -> FileCopy.copy(from, name, to, as);
            case SPECIAL -> {}
            case DIRECTORY -> {
                if (levels == 0) {
                    throw new IOException("directories nested too deep to be kept");
                }
                to.createDirectory(as, 0700);
                try (Directory source = from.child(name);
                        Directory target = to.child(as)) {
                    for (String child : source.names("", 8 << 20).names()) {
                        Optional<FileEntry> there = source.look(child);
                        if (there.isPresent()) {
                            copy(source, child, there.get(), target, child, levels - 1);
                        }
                    }
                }
            }
        }
    }

    /** An earlier run of the same undo may have kept another state of the same file. */
    private String unused(Directory mine, String name) throws IOException {
        long number = count;
        while (mine.look(number + "-" + name).isPresent()) {
            number++;
        }
        return number + "-" + name;
    }

    private static Directory childOf(Directory parent, String name) throws IOException {
        if (parent.look(name).isEmpty()) {
            parent.createDirectory(name, 0700);
        }
        return parent.child(name);
    }

    private static long sizeOf(Directory parent, String name) throws IOException {
        long[] sum = new long[1];
        try (Directory root = parent.child(name)) {
            TreeWalk.walk(root, path -> false, new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry entry, Directory itself) {
                    return true;
                }

                @Override
                public void file(FileEntry entry, Directory in) {
                    sum[0] += entry.size();
                }
            });
        }
        return sum[0];
    }
}
