package updater.transaction.backup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Checksum;
import updater.fs.Directory;
import updater.fs.PrefetchingWalk;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;

/** The pass that takes what changed since the {@link FirstPass}, once the old agent has exited. */
final class SecondPass implements PrefetchingWalk.Follower<FileEntry, SecondPass.Ahead> {
    private final BackupTree tree;
    private final ManifestWriter changes;
    private final ManifestCursor bulk;
    private final FirstPass.Extent first;
    private final LargestFiles largest = new LargestFiles();
    private final List<FileEntry> unread = new ArrayList<>();
    private long copiedBytes;

    SecondPass(BackupTree tree, ManifestWriter changes, ManifestReader bulk, FirstPass.Extent first)
            throws IOException {
        this.tree = tree;
        this.changes = changes;
        this.bulk = new ManifestCursor(bulk, this::gone);
        this.first = first;
    }

    void walk(Directory home, Predicate<String> skip) throws IOException {
        changes.add(HomeBackup.describeSelf(new FileEntry("", home.self()), home));
        PrefetchingWalk.walk(home, skip, new DescribingTheRest(), this);
        bulk.reportMissingBelow("");
    }

    List<String> largest() {
        return largest.described();
    }

    /** Returns what was copied and not read, in the order of the walk. */
    List<FileEntry> unread() {
        return unread;
    }

    long copiedBytes() {
        return copiedBytes;
    }

    /**
     * What the thread ahead found out about a file.
     *
     * @param described whether it described the file, which may have vanished
     */
    record Ahead(boolean described, Optional<FileEntry> description) {
        static final Ahead NOTHING = new Ahead(false, Optional.empty());
    }

    /** The thread ahead, which describes what the first pass did not come to. */
    private final class DescribingTheRest implements PrefetchingWalk.Scout<FileEntry, Ahead> {
        @Override
        public Optional<FileEntry> enter(FileEntry directory, Directory opened) {
            return Optional.of(directory);
        }

        @Override
        public Ahead file(FileEntry entry, Directory parent) throws IOException {
            boolean isNew = !first.whole() && ManifestEntry.WALK_ORDER.compare(first.reached(), entry.path()) < 0;
            return isNew ? new Ahead(true, HomeBackup.described(entry, parent)) : Ahead.NOTHING;
        }
    }

    private void gone(FileEntry before) throws IOException {
        changes.gone(before.path());
        if (before.type() == FileType.REGULAR) {
            tree.forget(before.path());
        }
    }

    @Override
    public void enter(FileEntry now, Directory itself, FileEntry found) throws IOException {
        Optional<FileEntry> before = bulk.upTo(now.path());
        // Home itself was described before all else.
        if (!now.path().isEmpty() && !isKept(before, now)) {
            changes.add(HomeBackup.describeSelf(now, itself));
        }
    }

    @Override
    public void file(FileEntry now, Directory parent, Ahead ahead) throws IOException {
        Optional<FileEntry> before = bulk.upTo(now.path());
        if (isKept(before, now)) {
            return;
        }
        Optional<BackupTree.Taken> taken = taken(now, before, parent, ahead);
        if (taken.isPresent()) {
            if (taken.get().copied()) {
                copiedBytes += now.size();
                largest.add(now);
                if (now.type() == FileType.REGULAR
                        && taken.get().entry().checksum().isEmpty()) {
                    unread.add(taken.get().entry());
                }
            }
            changes.add(taken.get().entry());
        } else if (before.isPresent()) {
            changes.gone(before.get().path());
        }
    }

    /** What was to go with the update, and was linked for that, stays if somebody has written to it since. */
    private Optional<BackupTree.Taken> taken(FileEntry now, Optional<FileEntry> before, Directory parent, Ahead ahead)
            throws IOException {
        boolean isChanged = before.isPresent() && !now.untouchedSince(before.get());
        if (isChanged && now.type() == FileType.REGULAR) {
            return tree.takeCopy(now, parent, BackupTree.Reading.SMALL, Checksum.Check.NONE);
        }
        Optional<FileEntry> described = ahead.described() ? ahead.description() : HomeBackup.described(now, parent);
        return tree.take(now, described, parent, false, BackupTree.Reading.SMALL, Checksum.Check.NONE);
    }

    /** Returns whether the first pass has it as it is now. */
    private boolean isKept(Optional<FileEntry> taken, FileEntry now) {
        return taken.filter(before -> ChangeDetection.unchanged(before, now, first.start()))
                .isPresent();
    }
}
