package updater.transaction.prepare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.fs.TreeWalk;
import updater.release.FileList;
import updater.release.ReleaseRefused;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.UpdateContext;

/**
 * The files of a staged tree, as its list of files has them. The list is read in its order, entry by entry, so that it may be
 * of any length.
 *
 * @param id names the update
 */
record ListedFiles(UpdateContext context, StagedTree staged, String id) {
    private static final long MAX_LIST_BYTES = 1L << 30;

    /** What is done with an entry and with what was found at its path: of its type, and of its size. */
    private interface Action {
        void accept(FileList.Entry entry, Directory parent, FileEntry found) throws IOException, UpdateFailure.Refused;
    }

    /** Somebody else could have changed a file, or its mode is not the one of the list: a copy has to be made. */
    private static final class InDoubt extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Requires that everything in the list is there, with its size and content, and nothing else. Without a list there is
     * nothing to require. Its modes are what whoever unpacked it made them.
     *
     * @throws Refusal naming the first path that is not as listed
     */
    void requireComplete() throws IOException, ReleaseRefused, UpdateFailure.Refused {
        Optional<String> sha256 = sha256OfList();
        if (sha256.isPresent()) {
            requireListed(sha256.get());
        }
    }

    /**
     * Requires the same of a tree whose list is known.
     *
     * @param manifest the SHA-256 of the list
     * @throws Refusal naming the first path that is not as listed
     */
    void requireContents(String manifest) throws IOException, ReleaseRefused, UpdateFailure.Refused {
        if (sha256OfList().isEmpty()) {
            throw noList();
        }
        requireListed(manifest);
    }

    private void requireListed(String manifest) throws IOException, ReleaseRefused, UpdateFailure.Refused {
        requireAll(manifest, (entry, parent, found) -> {
            if (!entry.directory()) {
                try (Pinned file = parent.pinFile(found.name())) {
                    requireContent(entry, file);
                }
            }
        });
    }

    private static Refusal noList() {
        return new Refusal(
                RefusalCode.RELEASE_INCOMPLETE,
                "the release is not complete: " + FileList.FILE + " is missing",
                ReleaseCheck.UNPACK);
    }

    /**
     * Requires the same of a tree whose list is signed for, and returns the tree to install from, whose bytes are those that
     * were hashed, and whose modes are the list's: the staged one where nobody else could have changed it, otherwise a copy.
     *
     * @param manifest the SHA-256 of the list
     * @throws Refusal naming the first path that is not as listed
     */
    StagedTree believed(String manifest) throws IOException, ReleaseRefused, UpdateFailure.Refused {
        if (sha256OfList().isEmpty()) {
            throw noList();
        }
        if (staged.doubt().isEmpty()) {
            try {
                requireAll(manifest, this::requireAsItIs);
                return staged;
            } catch (InDoubt e) {
                // A copy is beyond doubt.
            }
        }
        return copied(manifest);
    }

    private StagedTree copied(String manifest) throws IOException, ReleaseRefused, UpdateFailure.Refused {
        SpaceNeeds needs = new SpaceNeeds(context.disk());
        try (VerifiedCopy copy = VerifiedCopy.create(context, staged.user(), id)) {
            SpaceNeeds.Need need = needs.at(context.layout().work(), copy.root());
            forEach(manifest, (entry, parent, found) -> {
                if (!StagedTreeInspection.isUpdatersOwn(entry.path())) {
                    need.addFile(entry.size());
                }
            });
            needs.require();
            requireAll(manifest, (entry, parent, found) -> {
                if (entry.directory()) {
                    copy.addDirectory(entry);
                    return;
                }
                try (Pinned file = parent.pinFile(found.name())) {
                    if (StagedTreeInspection.isUpdatersOwn(entry.path())) {
                        requireContent(entry, file);
                    } else {
                        copy.addFile(entry, file);
                    }
                }
            });
            return copy.tree();
        }
    }

    /** First who could change it, then what it is: afterwards nobody can. */
    private void requireAsItIs(FileList.Entry entry, Directory parent, FileEntry found) throws IOException {
        if (entry.directory()) {
            requireNoDoubt(entry, found);
            return;
        }
        try (Pinned file = parent.pinFile(found.name())) {
            requireNoDoubt(entry, file.entry());
            if (file.writers() != Pinned.Writers.NONE) {
                throw new InDoubt();
            }
            requireContent(entry, file);
        }
    }

    private void requireNoDoubt(FileList.Entry entry, FileEntry found) throws InDoubt {
        boolean doubted = staged.doubtOf(context.layout().staged().resolve(entry.path()), found.stat())
                .isPresent();
        if (doubted || found.mode() != entry.mode()) {
            throw new InDoubt();
        }
    }

    static void requireContent(FileList.Entry entry, Pinned file) throws IOException {
        try (FileChannel content = file.read()) {
            Sha256.Sum sum = Sha256.of(content, entry.size());
            if (sum.bytes() != entry.size() || !Optional.of(sum.hex()).equals(entry.sha256())) {
                throw new Refusal(
                        RefusalCode.RELEASE_INCOMPLETE,
                        "the file " + entry.path() + " of the release is not what its list of files says: expected the"
                                + " SHA-256 " + entry.sha256().orElse("") + " of " + entry.size() + " bytes, found "
                                + sum.hex() + " of " + (sum.bytes() > entry.size() ? "more" : sum.bytes() + " bytes"),
                        ReleaseCheck.UNPACK);
            }
        }
    }

    private void requireAll(String sha256, Action action) throws IOException, ReleaseRefused, UpdateFailure.Refused {
        long listed = forEach(sha256, action);
        long[] there = {0};
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory root =
                    opened.directory(staged.root().anchor(), staged.root().path());
            TreeWalk.walk(root, path -> path.startsWith(FileList.DIRECTORY + "/"), new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry directory, Directory entered) {
                    there[0] += directory.path().isEmpty() ? 0 : 1;
                    return true;
                }

                @Override
                public void file(FileEntry entry, Directory parent) {
                    there[0]++;
                }
            });
        }
        // All that is listed is there, so more than that is what the list does not have.
        if (there[0] != listed) {
            throw extra(sha256);
        }
    }

    private Refusal extra(String sha256) throws IOException, ReleaseRefused {
        try (DirectoryChain opened = new DirectoryChain(context.disk());
                DirectoryChain ofList = new DirectoryChain(context.disk());
                FileChannel channel = openList(ofList)) {
            FileList.Reader list = new FileList.Reader(Channels.newInputStream(channel), sha256);
            Directory root =
                    opened.directory(staged.root().anchor(), staged.root().path());
            String[] path = {""};
            TreeWalk.walk(root, skipped -> skipped.startsWith(FileList.DIRECTORY + "/"), new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry directory, Directory entered) throws IOException {
                    return directory.path().isEmpty() || compare(directory);
                }

                @Override
                public void file(FileEntry entry, Directory parent) throws IOException {
                    compare(entry);
                }

                private boolean compare(FileEntry entry) throws IOException {
                    try {
                        if (path[0].isEmpty()
                                && !list.next().map(FileList.Entry::path).equals(Optional.of(entry.path()))) {
                            path[0] = entry.path();
                        }
                        return path[0].isEmpty();
                    } catch (ReleaseRefused e) {
                        throw new IOException(e.getMessage(), e);
                    }
                }
            });
            return new Refusal(
                    RefusalCode.RELEASE_INCOMPLETE,
                    "the staged tree holds what the release's list of files does not: " + path[0],
                    ReleaseCheck.UNPACK);
        }
    }

    /** Returns how many entries the list has. At the end its checksum was compared. */
    private long forEach(String sha256, Action action) throws IOException, ReleaseRefused, UpdateFailure.Refused {
        long count = 0;
        try (DirectoryChain ofList = new DirectoryChain(context.disk());
                DirectoryChain opened = new DirectoryChain(context.disk());
                InputStream in = Channels.newInputStream(openList(ofList))) {
            FileList.Reader list = new FileList.Reader(in, sha256);
            for (Optional<FileList.Entry> next = list.next(); next.isPresent(); next = list.next()) {
                FileList.Entry entry = next.get();
                if (entry.path().chars().filter(c -> c == '/').count() >= StagedTreeInspection.MAX_DEPTH) {
                    throw new Refusal(
                            RefusalCode.RELEASE_INCOMPLETE,
                            "the list of files goes too deep: " + entry.path(),
                            ReleaseCheck.UNPACK);
                }
                Place place = staged.place(entry.path());
                Directory parent = parent(opened, place, entry);
                action.accept(entry, parent, find(entry, parent, place.name()));
                count++;
            }
        }
        return count;
    }

    private static Directory parent(DirectoryChain opened, Place place, FileList.Entry entry) throws IOException {
        try {
            return opened.parent(place);
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw missing(entry);
        }
    }

    private static Refusal missing(FileList.Entry entry) {
        return new Refusal(
                RefusalCode.RELEASE_INCOMPLETE,
                "the release is not complete: " + entry.path() + " is missing",
                ReleaseCheck.UNPACK);
    }

    private static FileEntry find(FileList.Entry entry, Directory parent, String name) throws IOException {
        Optional<FileEntry> there = parent.lookup(name);
        if (there.isEmpty()) {
            throw missing(entry);
        }
        FileEntry found = there.get();
        FileType type = entry.directory() ? FileType.DIRECTORY : FileType.REGULAR;
        if (found.type() != type) {
            throw new Refusal(
                    RefusalCode.RELEASE_INCOMPLETE,
                    entry.path() + " of the release is not what its list of files says: expected "
                            + (entry.directory() ? "a directory" : "a regular file") + ", found " + found.type(),
                    ReleaseCheck.UNPACK);
        }
        if (!entry.directory() && found.size() != entry.size()) {
            throw new Refusal(
                    RefusalCode.RELEASE_INCOMPLETE,
                    "the file " + entry.path() + " of the release is not complete: expected " + entry.size()
                            + " bytes, found " + found.size(),
                    ReleaseCheck.UNPACK);
        }
        return found;
    }

    private FileChannel openList(DirectoryChain opened) throws IOException {
        Place place = staged.place(FileList.FILE);
        return opened.parent(place).read(place.name());
    }

    /** Returns the SHA-256 of the tree's list of files; empty when it has none. */
    Optional<String> sha256OfList() throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk());
                FileChannel list = openList(opened)) {
            Sha256.Sum sum = Sha256.of(list, MAX_LIST_BYTES);
            if (sum.bytes() > MAX_LIST_BYTES) {
                throw new Refusal(
                        RefusalCode.RELEASE_INCOMPLETE,
                        FileList.FILE + " has more than " + MAX_LIST_BYTES + " bytes",
                        ReleaseCheck.UNPACK);
            }
            return Optional.of(sum.hex());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (Refusal e) {
            throw e;
        } catch (IOException e) {
            throw new Refusal(
                    RefusalCode.RELEASE_INCOMPLETE,
                    FileList.FILE + " of the staged tree cannot be read: " + Reason.at(e),
                    ReleaseCheck.UNPACK);
        }
    }
}
