package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.fs.ContentAttributes;
import updater.fs.Directory;
import updater.fs.FileCopy;
import updater.fs.Pinned;
import updater.fs.SharedFileException;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.Doubt;
import updater.transaction.context.UpdateContext;

/** The inodes that are put in place: the staged ones where that is safe, else copies that the updater made of them. */
final class PlacedInodes implements Closeable {
    private static final int SET_ID_BITS = 07000;
    private static final int OTHERS_READ = 0004;
    private static final int READ_BY_OTHERS = 0044;
    private static final String ACCESS_LIST = "system.posix_acl_access";
    private static final String CAPABILITIES = "security.capability";

    private final UpdateContext context;
    private final StagedTree staged;
    private final long agent;
    private @Nullable Directory copies;
    private long copied;

    /** @param agent the owner of home */
    PlacedInodes(UpdateContext context, StagedTree staged, long agent) {
        this.context = context;
        this.staged = staged;
        this.agent = agent;
    }

    /**
     * The metadata of an installed file.
     *
     * @param attributes empty when it replaces none: it keeps its own then
     */
    record Wanted(long uid, long gid, int mode, Optional<Map<String, Bytes>> attributes, boolean outside) {
        /** What replaces a file gets what that has: owner, mode, ACL, capabilities, label. */
        static Wanted like(FileEntry there, int mode, Map<String, Bytes> attributes, boolean outside) {
            return new Wanted(there.stat().uid(), there.stat().gid(), mode, Optional.of(attributes), outside);
        }

        boolean privileged() {
            return isPrivileged(mode, attributes.orElse(Map.of()));
        }
    }

    /**
     * An inode that is ready to be renamed into place.
     *
     * @param in the open directory it lies in
     */
    record Ready(Place source, Directory in, boolean copied) {}

    /** Returns whether a file with these gives whoever runs it rights that he has not. */
    static boolean isPrivileged(int mode, Map<String, Bytes> attributes) {
        return (mode & SET_ID_BITS) != 0 || attributes.containsKey(CAPABILITIES);
    }

    /**
     * Gives a staged file, or a copy of it, its metadata.
     *
     * @param entry with its path in the staged tree
     * @param above who else could have changed the directory it lies in
     * @throws Refusal where it must not become what is wanted
     */
    Ready ready(FileEntry entry, Directory parent, Pinned file, Optional<Doubt> above, Wanted wanted)
            throws IOException {
        Untrusted.Question question = question(entry.path(), file, above, wanted);
        return switch (Untrusted.judge(question, staged.user(), agent)) {
            case PLACE -> {
                give(file, wanted);
                yield new Ready(staged.place(entry.path()), parent, false);
            }
            case COPY -> copy(entry, file, wanted);
            case REFUSE -> throw Untrusted.refusal(question, entry.path());
        };
    }

    private Untrusted.Question question(String path, Pinned file, Optional<Doubt> above, Wanted wanted)
            throws IOException {
        Path shown = context.layout().staged().resolve(path);
        FileEntry entry = file.entry();
        Optional<Doubt> doubt = above.isPresent() ? above : staged.doubtOf(shown, entry.stat());
        if (doubt.isEmpty() && staged.previous() && becomesMore(file, wanted)) {
            doubt = Optional.of(
                    new Doubt(shown, "belonged to user id " + entry.stat().uid() + " before"));
        } else if (doubt.isEmpty() && staged.previous() && becomesReadable(file, wanted)) {
            doubt = Optional.of(new Doubt(shown, "could be read by fewer before"));
        }
        Pinned.Writers writers = doubt.isPresent() || staged.own() ? Pinned.Writers.NONE : file.writers();
        if (writers == Pinned.Writers.SOME) {
            doubt = Optional.of(new Doubt(shown, "is open for writing in some process"));
        }
        return new Untrusted.Question(
                entry.stat().uid(),
                entry.mode(),
                doubt,
                writers == Pinned.Writers.UNKNOWN,
                wanted.uid(),
                wanted.privileged(),
                wanted.outside());
    }

    /**
     * Returns whether a file that comes back would become another user's than it was, or get rights that it had not: whoever
     * owned it may have kept a descriptor of it, and have changed it since.
     */
    private boolean becomesMore(Pinned file, Wanted wanted) throws IOException {
        FileEntry entry = file.entry();
        if (entry.stat().uid() == staged.user()) {
            return false;
        }
        Map<String, Bytes> given = wanted.attributes().orElse(Map.of());
        return entry.stat().uid() != wanted.uid()
                || (wanted.mode() & ~entry.mode() & SET_ID_BITS) != 0
                || (given.containsKey(CAPABILITIES)
                        && !Objects.equals(
                                given.get(CAPABILITIES), file.attributes().get(CAPABILITIES)));
    }

    /**
     * Returns whether a secret of root's that comes back could be read by others than before: who owns home may have given it a
     * name there, for the update to keep, and have put something else in its place since.
     */
    private boolean becomesReadable(Pinned file, Wanted wanted) throws IOException {
        FileEntry entry = file.entry();
        if (entry.stat().uid() != staged.user() || (entry.mode() & OTHERS_READ) != 0) {
            return false;
        }
        Bytes given = wanted.attributes().orElse(Map.of()).get(ACCESS_LIST);
        return entry.stat().uid() != wanted.uid()
                || entry.stat().gid() != wanted.gid()
                || (wanted.mode() & ~entry.mode() & READ_BY_OTHERS) != 0
                || (given != null && !Objects.equals(given, file.attributes().get(ACCESS_LIST)));
    }

    private Ready copy(FileEntry entry, Pinned file, Wanted wanted) throws IOException {
        Directory in = copies();
        String name = Long.toString(copied++);
        try (Pinned copy = FileCopy.copyContent(file, entry.size(), in, name)) {
            give(copy, wanted);
        }
        return new Ready(WorkDirectory.place(context, HomeLayout.COPIES + "/" + name), in, true);
    }

    /** Gives an installed file, or a copy of it with all that it has, a further name to be renamed from. */
    Ready again(Directory from, String name) throws IOException {
        Directory in = copies();
        String copy = Long.toString(copied++);
        try {
            from.link(name, in, copy);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            FileCopy.copy(from, name, in, copy);
        }
        return new Ready(WorkDirectory.place(context, HomeLayout.COPIES + "/" + copy), in, true);
    }

    private Directory copies() throws IOException {
        if (copies == null) {
            try (Directory work = WorkDirectory.open(context)) {
                work.createDirectory(HomeLayout.COPIES, 0700);
                copies = work.child(HomeLayout.COPIES);
            }
        }
        return copies;
    }

    /** Gives a file its metadata. */
    static void give(Pinned file, Wanted wanted) throws IOException {
        try {
            file.own(wanted.uid(), wanted.gid());
            if (wanted.attributes().isPresent()) {
                file.setAttributes(
                        ContentAttributes.handedOn(wanted.attributes().get(), file.attributes()));
            }
            file.chmod(wanted.mode());
        } catch (SharedFileException e) {
            throw new Refusal(
                    RefusalCode.STAGED_TREE_INVALID,
                    "the staged file " + file.display() + " has more than one hard link",
                    "Unpack the bundle again, as regular files of their own");
        }
    }

    @Override
    public void close() throws IOException {
        if (copies != null) {
            copies.close();
        }
    }
}
