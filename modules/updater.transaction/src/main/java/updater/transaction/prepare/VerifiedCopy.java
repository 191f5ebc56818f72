package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.ServiceSpec;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.FileCopy;
import updater.fs.Pinned;
import updater.fs.TreeRemoval;
import updater.release.FileList;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The copy of a signed tree that the updater makes in its own directory, and hashes there. Whoever owns home may move that
 * directory away and put back an older one of the updater's: so it is held open, and the name of the copy in it is that of
 * the update, which no older one has.
 */
final class VerifiedCopy implements Closeable {
    private static final int OWNER_ALL = 0700;

    private final UpdateContext context;
    private final long user;
    private final Place place;
    private final DirectoryChain opened;

    private VerifiedCopy(UpdateContext context, long user, Place place) {
        this.context = context;
        this.user = user;
        this.place = place;
        this.opened = new DirectoryChain(context.disk());
    }

    /** Makes an empty one. */
    static VerifiedCopy create(UpdateContext context, long user, String id) throws IOException {
        try (Directory work = WorkDirectory.open(context)) {
            work.createDirectory(HomeLayout.VERIFIED, OWNER_ALL);
            try (Directory verified = work.child(HomeLayout.VERIFIED)) {
                verified.createDirectory(id, OWNER_ALL);
            }
        }
        return new VerifiedCopy(context, user, WorkDirectory.place(context, HomeLayout.VERIFIED + "/" + id));
    }

    /** Returns the tree to install from. */
    StagedTree tree() {
        return new StagedTree(place, user, Optional.empty(), StagedTree.Origin.VERIFIED);
    }

    /** Returns its root; valid until something is added. */
    Directory root() throws IOException {
        return opened.directory(place.anchor(), place.path());
    }

    void addDirectory(FileList.Entry entry) throws IOException {
        Place to = to(entry);
        // Only root can fill, and empty, a directory that denies its owner to.
        opened.parent(to).createDirectory(to.name(), user == 0 ? entry.mode() : entry.mode() | OWNER_ALL);
    }

    /**
     * Adds a file.
     *
     * @throws Refusal when what was copied is not what the list says
     */
    void addFile(FileList.Entry entry, Pinned file) throws IOException {
        Place to = to(entry);
        try (Pinned copy = FileCopy.copyContent(file, entry.size(), opened.parent(to), to.name())) {
            ListedFiles.requireContent(entry, copy);
            copy.chmod(entry.mode());
            if (isDefinition(entry.path())) {
                addDefinition(entry, copy);
            }
        }
    }

    private Place to(FileList.Entry entry) {
        return new Place(place.anchor(), place.path() + "/" + entry.path());
    }

    private boolean isDefinition(String path) {
        ServiceSpec spec = context.product().services().get(context.managerName());
        return spec != null && spec.stagedDefinition().equals(path);
    }

    /** Service managers read the definition by its path, which in home its owner could change. */
    private void addDefinition(FileList.Entry entry, Pinned verified) throws IOException {
        Place copy = new Place(context.layout().state(), StateFiles.VERIFIED_DEFINITION + "/" + entry.path());
        try (DirectoryChain state = new DirectoryChain(context.disk())) {
            Directory directory = state.directory(copy.anchor(), "");
            TreeRemoval.remove(directory, StateFiles.VERIFIED_DEFINITION);
            String path = "";
            for (String name : copy.parent().split("/", -1)) {
                state.directory(copy.anchor(), path).createDirectory(name, OWNER_ALL);
                path = path.isEmpty() ? name : path + "/" + name;
            }
            try (Pinned definition = FileCopy.copyContent(verified, entry.size(), state.parent(copy), copy.name())) {
                definition.chmod(entry.mode());
            }
        }
    }

    @Override
    public void close() throws IOException {
        opened.close();
    }
}
