package updater.app.offer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.RefusalCode;
import updater.api.Stat;
import updater.api.UpdateFailure;
import updater.archive.ArchiveMembers;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.fs.SortedNames;
import updater.transaction.context.Doubt;

/**
 * A reader of a tree on disk, as if it were an archive: each name is opened once, and what is read is what was opened.
 *
 * @param strict whether a file that somebody else could have changed is refused
 * @param user the updater's user
 */
record TreeReader(ArchiveMembers members, boolean strict, long user) {
    private static final int DEEPEST = 100;

    /** Reads all of it but the directory itself. */
    void read(Directory tree) throws IOException, UpdateFailure {
        try {
            read(tree, "", 0);
        } catch (Refusal refusal) {
            throw refusal.failure;
        }
    }

    /** Reads one file, under its name. */
    void readFile(Directory in, String name) throws IOException, UpdateFailure {
        try (Pinned file = in.pinFile(name)) {
            requireTrusted(file);
            try (InputStream content = Channels.newInputStream(file.read())) {
                Stat stat = file.entry().stat();
                members.member(name, ArchiveMembers.Kind.FILE, stat.mode() & 07777, stat.size(), content);
            }
        }
    }

    private void read(Directory directory, String path, int depth) throws IOException {
        SortedNames.forEach(directory, name -> {
            String full = path.isEmpty() ? name : path + "/" + name;
            try {
                member(directory, name, full, depth);
            } catch (UpdateFailure e) {
                throw new Refusal(e);
            }
        });
    }

    private void member(Directory directory, String name, String full, int depth) throws IOException, UpdateFailure {
        Optional<FileEntry> there = directory.lookup(name);
        if (there.isEmpty()) {
            throw new IOException(full + " vanished");
        }
        switch (there.get().type()) {
            case DIRECTORY -> {
                if (depth >= DEEPEST) {
                    throw new IOException(full + " lies deeper than in " + DEEPEST + " directories");
                }
                try (Directory child = directory.child(name)) {
                    Stat self = child.self();
                    refuse(Doubt.about(child.display(), self, user));
                    members.member(
                            full, ArchiveMembers.Kind.DIRECTORY, self.mode() & 0777, 0, InputStream.nullInputStream());
                    read(child, full, depth + 1);
                }
            }
            case REGULAR -> {
                try (Pinned file = directory.pinFile(name)) {
                    requireTrusted(file);
                    Stat stat = file.entry().stat();
                    try (InputStream content = Channels.newInputStream(file.read())) {
                        members.member(full, ArchiveMembers.Kind.FILE, stat.mode() & 07777, stat.size(), content);
                    }
                }
            }
            case SYMLINK -> members.member(full, ArchiveMembers.Kind.LINK, 0, 0, InputStream.nullInputStream());
            case SPECIAL -> members.member(full, ArchiveMembers.Kind.OTHER, 0, 0, InputStream.nullInputStream());
        }
    }

    private void requireTrusted(Pinned file) throws IOException, UpdateFailure.Refused {
        if (strict && file.writers() == Pinned.Writers.SOME) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_IN_USE, file.display() + " is open for writing", "Wait until it is written");
        }
        refuse(Doubt.about(file.display(), file.entry().stat(), user));
    }

    private void refuse(Optional<Doubt> doubt) throws UpdateFailure.Refused {
        if (strict && doubt.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RELEASE_UNSIGNED,
                    "nobody has signed this bundle, and " + doubt.get(),
                    OfferTaking.SIGN_OR_OWN);
        }
    }

    /** Carries a refusal through a listing. */
    private static final class Refusal extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient UpdateFailure failure;

        Refusal(UpdateFailure failure) {
            super(failure.getMessage(), failure);
            this.failure = failure;
        }
    }
}
