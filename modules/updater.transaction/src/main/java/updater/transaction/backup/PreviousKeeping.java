package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileRules.OutsideFile;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.ServiceSpec;
import updater.api.Stat;
import updater.api.Step;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.FileCopy;
import updater.fs.Pinned;
import updater.fs.TreeRemoval;
import updater.state.document.PreviousVersion;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.JournalView;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The keeping of what a committed update replaced and removed, so that it can be taken back later. On one file system that costs
 * no copying: the files are in the backup, and are moved out of it before that is removed.
 *
 * <p>Whoever is killed over it finds the journal still there, and begins again: what has been moved already stays where it is.
 */
public final class PreviousKeeping implements Closeable {
    private static final int OTHERS_ENTER = 0755;
    private static final int OWNER_ALL = 0700;

    private final UpdateContext context;
    private final PreviousTree tree;
    private final DirectoryChain from;
    private final DirectoryChain to;
    private final DirectoryChain home;
    private long files;
    private long bytes;

    /** No more is copied: it would fill the disk, only to be removed again. */
    private long mostCopied;

    public PreviousKeeping(UpdateContext context) {
        this.context = context;
        this.tree = new PreviousTree(context);
        this.from = new DirectoryChain(context.disk());
        this.to = new DirectoryChain(context.disk());
        this.home = new DirectoryChain(context.disk());
    }

    /**
     * Keeps what the update under way has replaced, in the place of what an earlier one did; nothing where the product keeps
     * none, or it is larger than what it keeps and no probation needs it. Durable when it returns, and idempotent.
     *
     * @param installed names what the update installed, by its content
     */
    public void keep(JournalView journal, String installed) throws IOException {
        Begin begin = journal.begin().orElseThrow();
        Optional<PreviousVersion> known = tree.read();
        boolean begun = known.isPresent() && known.get().update().equals(begin.id());
        if (begun && known.get().whole()) {
            return;
        }
        if (!begun) {
            discardEarlier();
        }
        if (context.product().terms().retention().days() == 0) {
            tree.discard();
            return;
        }
        PreviousVersion version = begun ? known.get() : begin(begin, installed);
        mostCopied = isNeeded(version)
                ? Long.MAX_VALUE
                : context.product().terms().retention().bytes();
        journal.<IOException>forEachStepForward((index, step) -> keep(step));
        if (bytes > context.product().terms().retention().bytes() && !isNeeded(version)) {
            tree.discard();
            return;
        }
        tree.keepBeside();
        new ShippedBefore(context).complete(journal);
        try (Directory itself = context.disk().open(context.layout().home())) {
            itself.syncFileSystem();
        }
        tree.note(version.kept(files, bytes));
    }

    /** A version on probation may have to be taken back, however much that takes: it goes when the probation is over. */
    private boolean isNeeded(PreviousVersion version) throws IOException {
        return new ProbationFile(context.disk(), context.layout())
                .of(version.update())
                .isPresent();
    }

    /** What the version before shipped has been put beside it by now, and stays. */
    private void discardEarlier() throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            PreviousTree.delete(state, StateFiles.PREVIOUS);
            state.force();
            PreviousTree.delete(state, StateFiles.PREVIOUS_SETTINGS);
            PreviousTree.delete(state, StateFiles.PREVIOUS_BESIDE);
            TreeRemoval.remove(state, StateFiles.PREVIOUS_DEFINITION);
        }
        WorkDirectory.remove(context, HomeLayout.PREVIOUS);
    }

    private PreviousVersion begin(Begin begin, String installed) throws IOException {
        WorkDirectory.create(context);
        try (Directory work = WorkDirectory.open(context)) {
            work.createDirectory(HomeLayout.PREVIOUS, OWNER_ALL);
            Stat made = work.lookup(HomeLayout.PREVIOUS).orElseThrow().stat();
            PreviousVersion version = PreviousVersion.begin(
                    begin.id(), begin.versions(), installed, context.clock().now(), made.inode());
            tree.note(version);
            return version;
        }
    }

    private void keep(Step step) throws IOException {
        switch (step) {
            case Step.PlaceFile file when file.replaces() -> keep(file);
            case Step.RemoveFile file -> keep(file.backup(), file.target());
            case Step.RemoveDirectory directory -> keep(directory);
            case Step.ReplaceDefinition definition
            when definition.file().replaces() ->
                keepDefinition(definition.file().backup());
            case Step.ConfigureService change -> tree.noteSettings(change);
            case Step.PlaceFile _,
                    Step.CreateDirectory _,
                    Step.ReplaceDefinition _,
                    Step.StopService _,
                    Step.StartService _ -> {
                // Nothing of the version before is lost by these.
            }
        }
    }

    private void keep(Step.PlaceFile file) throws IOException {
        keep(file.backup(), file.target());
        for (OutsideFile outside : context.product().files().outside()) {
            Path path = context.layout().home().resolve(outside.target()).normalize();
            if (path.equals(file.target().display().normalize())) {
                copy(file.backup(), place(outside.staged()));
            }
        }
    }

    /** What lies behind a link is backed up where it cannot be moved from: it is copied. */
    private void keep(Place backup, Place target) throws IOException {
        Optional<String> path = context.layout().pathOf(target);
        if (target.anchor().equals(context.layout().home())) {
            move(backup, target.path());
        } else if (path.isPresent()) {
            copy(backup, place(path.get()));
        }
    }

    private Place place(String path) {
        return WorkDirectory.place(context, HomeLayout.PREVIOUS + "/" + path);
    }

    /** What has been moved already is not in the backup any more. */
    private void move(Place backup, String path) throws IOException {
        Place kept = place(path);
        Directory target = parent(kept);
        Optional<FileEntry> moved = target.lookup(kept.name());
        if (moved.isEmpty()) {
            Directory source = from.parent(backup);
            source.rename(backup.name(), target, kept.name());
            moved = target.lookup(kept.name());
        }
        files++;
        bytes += moved.map(FileEntry::size).orElse(0L);
    }

    private void copy(Place backup, Place kept) throws IOException {
        long size =
                from.parent(backup).lookup(backup.name()).map(FileEntry::size).orElse(0L);
        if (bytes + size > mostCopied) {
            bytes += size;
            return;
        }
        Directory target = parent(kept);
        TreeRemoval.remove(target, kept.name());
        FileEntry copied = FileCopy.copy(from.parent(backup), backup.name(), target, kept.name());
        files++;
        bytes += copied.size();
    }

    private void keep(Step.RemoveDirectory directory) throws IOException {
        Directory kept = to.directory(
                context.layout().work(),
                HomeLayout.PREVIOUS
                        + "/"
                        + context.layout().pathOf(directory.target()).orElseThrow(),
                this::made);
        try (Pinned itself = kept.pinSelf()) {
            itself.own(directory.uid(), directory.gid());
            itself.chmod(directory.mode());
        }
    }

    /** Service managers read a definition by its path: it is kept where the bundle has it. */
    private void keepDefinition(Place backup) throws IOException {
        ServiceSpec spec = context.product().services().get(context.managerName());
        if (spec == null) {
            return;
        }
        Place kept =
                new Place(context.layout().state(), StateFiles.PREVIOUS_DEFINITION + "/" + spec.stagedDefinition());
        try (DirectoryChain state = new DirectoryChain(context.disk())) {
            Directory target = state.directory(kept.anchor(), kept.parent(), PreviousKeeping::createdOrThere);
            TreeRemoval.remove(target, kept.name());
            FileCopy.copy(from.parent(backup), backup.name(), target, kept.name());
        }
    }

    private Directory parent(Place kept) throws IOException {
        return to.directory(kept.anchor(), kept.parent(), this::made);
    }

    private static Directory createdOrThere(Directory in, String name) throws IOException {
        if (in.lookup(name).isEmpty()) {
            in.createDirectory(name, OWNER_ALL);
        }
        return in.child(name);
    }

    /** A directory that is still in home gets owner and mode from there, should it be gone when this version comes back. */
    private Directory made(Directory in, String name) throws IOException {
        if (in.lookup(name).isPresent()) {
            return in.child(name);
        }
        in.createDirectory(name, OTHERS_ENTER);
        Directory created = in.child(name);
        try (Pinned itself = created.pinSelf()) {
            Optional<Stat> there = inHome(created.display());
            if (there.isPresent()) {
                itself.own(there.get().uid(), there.get().gid());
                itself.chmod(there.get().mode() | OWNER_ALL);
            }
            return created;
        } catch (IOException | RuntimeException | Error e) {
            try (created) {
                throw e;
            }
        }
    }

    private Optional<Stat> inHome(Path kept) throws IOException {
        Path below = context.layout().work().resolve(HomeLayout.PREVIOUS).relativize(kept);
        Place place = new Place(context.layout().home(), below.toString().replace('\\', '/'));
        try {
            return home.parent(place)
                    .lookup(place.name())
                    .filter(entry -> entry.type() == FileType.DIRECTORY)
                    .map(FileEntry::stat);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        try (from;
                home) {
            to.close();
        }
    }
}
