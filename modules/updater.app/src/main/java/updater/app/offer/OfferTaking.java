package updater.app.offer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.Stat;
import updater.api.UpdateFailure;
import updater.archive.ArchiveMembers;
import updater.archive.BundleLimits;
import updater.archive.TarGzReader;
import updater.fs.Directory;
import updater.fs.Failures;
import updater.fs.Pinned;
import updater.fs.SmallFile;
import updater.release.BelievedRelease;
import updater.release.FileList;
import updater.release.KeyList;
import updater.release.ReleaseRefused;
import updater.release.ReleaseStatement;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.Doubt;
import updater.transaction.context.Offer;
import updater.transaction.context.Progress;
import updater.transaction.context.ReleaseRefusals;
import updater.transaction.context.UpdateContext;

/**
 * The taking of a bundle: what was handed over becomes a tree of new files in the updater's directory in home, if its vendor
 * vouches for it, or if nobody but root could have changed it and the product asks for no signature.
 *
 * @param trust who is believed
 * @param user the updater's user
 */
public record OfferTaking(UpdateContext context, OfferTrust trust, long user, Progress progress) {
    static final String SIGN_OR_OWN =
            "Get the bundle with its signed statement, or have root alone own it and all that it lies in";

    /** What the name of a statement has behind that of its tarball. */
    private static final String STATEMENT = ".release";

    private static final int EXACT = 0777;
    private static final int OTHERS_NOT = 0755;

    /**
     * What was taken.
     *
     * @param runtime whether an updater is in it
     */
    public record Taken(Offer offer, boolean runtime) {}

    /**
     * What to take, opened where it lies.
     *
     * @param vouched whether nobody but the updater's user, root or who named it can have written the statement
     */
    private record Source(Directory in, String name, Path shown, Optional<byte[]> statement, boolean vouched) {}

    /**
     * Takes a bundle. Where this fails, what it has made is the caller's to remove.
     *
     * @param statement the file of the statement; else it is beside a tarball, or in a tree
     * @param version what the operator says that the bundle is
     * @throws UpdateFailure when it is not believed, damaged, or holds what it must not
     */
    public Taken take(Path bundle, Optional<Path> statement, Optional<String> version) throws UpdateFailure {
        String again = "Get it anew from its vendor, with its statement, and run '"
                + context.layout().stateLauncher() + " apply " + bundle + "'";
        return reading(bundle, again, trust::keepSeen, () -> {
            WorkDirectory.check(context);
            StagedTree.discardOffered(context);
            WorkDirectory.create(context);
            try (Directory work = WorkDirectory.open(context)) {
                return taken(bundle, statement, version, work);
            }
        });
    }

    /**
     * As {@link #take(Path, Optional, Optional)}, for a look: into another directory, and nothing is remembered.
     *
     * @param room nobody else may enter it
     */
    public Taken unpack(Directory room, Path bundle, Optional<Path> statement, Optional<String> version)
            throws UpdateFailure {
        return reading(
                bundle, "Get it anew from its vendor", refused -> {}, () -> taken(bundle, statement, version, room));
    }

    /** Makes a tree of a bundle. */
    @FunctionalInterface
    private interface Unpacking {
        Taken run() throws IOException, UpdateFailure, ReleaseRefused;
    }

    private static Taken reading(Path bundle, String again, Consumer<ReleaseRefused> refused, Unpacking unpacking)
            throws UpdateFailure {
        try {
            return unpacking.run();
        } catch (ReleaseRefused e) {
            refused.accept(e);
            throw new UpdateFailure.Refused(
                    ReleaseRefusals.code(e.check()),
                    bundle + ": " + e.getMessage(),
                    ReleaseRefusals.clockAdvice(e.check()).orElse(again),
                    e);
        } catch (IOException e) {
            throw untaken(bundle.toString(), "Look at what it is, and fetch it again", e);
        }
    }

    private Taken taken(Path bundle, Optional<Path> statement, Optional<String> version, Directory work)
            throws IOException, UpdateFailure, ReleaseRefused {
        Path shown = bundle.toAbsolutePath().normalize();
        Path name = shown.getFileName();
        Path parent = shown.getParent();
        if (name == null || parent == null) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_UNREADABLE, bundle + " is no bundle", "Name a .tar.gz, or a directory");
        }
        Path real = parent.toRealPath();
        try (Directory in = context.disk().open(real)) {
            Optional<FileEntry> there = in.lookup(name.toString());
            if (there.isEmpty()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_UNREADABLE, bundle + " is not there", "Name a .tar.gz, or a directory");
            }
            boolean tree = there.get().type() == FileType.DIRECTORY;
            Source source = new Source(
                    in,
                    name.toString(),
                    real.resolve(name),
                    statement(in, name.toString(), tree, statement),
                    tree || statement.isPresent() || isOwn(in, real, name + STATEMENT));
            work.createDirectory(HomeLayout.OFFERED, 0755);
            return tree ? takeTree(source, work, version) : takeTarball(source, work, version);
        }
    }

    /**
     * Takes the bundle of a request. The statement is believed before a byte of the bundle is kept, so that its size is the
     * vendor's word, and not the agent's user's.
     *
     * @throws UpdateFailure as {@link #take}
     */
    public Taken take(RequestDirectory offers, OfferedRequest request) throws UpdateFailure {
        try {
            WorkDirectory.check(context);
            StagedTree.discardOffered(context);
            WorkDirectory.create(context);
            try (Directory in = offers.open();
                    Directory work = WorkDirectory.open(context)) {
                Source source = new Source(
                        in,
                        request.bundle(),
                        offers.path().resolve(request.bundle()),
                        SmallFile.read(in, request.release(), ReleaseStatement.MAX_BYTES),
                        false);
                requireSigned(source, request);
                work.createDirectory(HomeLayout.OFFERED, 0755);
                return takeTarball(source, work, request.version());
            }
        } catch (ReleaseRefused e) {
            trust.keepSeen(e);
            throw new UpdateFailure.Refused(
                    ReleaseRefusals.code(e.check()),
                    request.bundle() + ": " + e.getMessage(),
                    ReleaseRefusals.clockAdvice(e.check()).orElse("Get it anew from its vendor"),
                    e);
        } catch (IOException e) {
            throw untaken(request.bundle(), "Fetch it again", e);
        }
    }

    /** Where it was the disk that was full, nothing is wrong with the bundle; {@link updater.transaction.Engine#explain}. */
    private static UpdateFailure untaken(String bundle, String advice, IOException failure) {
        return Failures.isNoSpace(failure)
                ? new UpdateFailure.Disk("unpack the bundle", bundle, failure)
                : new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_UNREADABLE,
                        bundle + " cannot be taken: " + failure.getMessage(),
                        advice,
                        failure);
    }

    private void requireSigned(Source source, OfferedRequest request)
            throws IOException, UpdateFailure, ReleaseRefused {
        byte[] statement = trust.usable(source.statement())
                .orElseThrow(() -> new UpdateFailure.Refused(
                        RefusalCode.RELEASE_UNSIGNED, "a request needs a statement", "Offer it beside the bundle"));
        String version = ReleaseStatement.unbelieved(statement).version();
        if (!request.version().orElse(version).equals(version)) {
            throw new UpdateFailure.Refused(
                    RefusalCode.REQUEST_INVALID,
                    "the request is for version " + request.version().orElse("") + ", the statement about another",
                    "Offer the two that belong together");
        }
        try (Pinned file = source.in().pinFile(source.name())) {
            long size = file.entry().size();
            trust.requireSize(ReleaseStatement.unbelieved(statement), size);
            try (FileChannel channel = file.read()) {
                trust.believe(statement, keys(channel), OptionalLong.of(size));
            }
        }
    }

    private Optional<byte[]> statement(Directory in, String name, boolean tree, Optional<Path> given)
            throws IOException, UpdateFailure {
        if (given.isPresent()) {
            Path file = given.get().toAbsolutePath().normalize();
            Path parent = file.getParent();
            Path last = file.getFileName();
            if (parent != null && last != null) {
                try (Directory there = context.disk().open(parent.toRealPath())) {
                    Optional<byte[]> bytes = SmallFile.read(there, last.toString(), ReleaseStatement.MAX_BYTES);
                    if (bytes.isPresent()) {
                        return bytes;
                    }
                }
            }
            throw new UpdateFailure.Refused(
                    RefusalCode.RELEASE_UNSIGNED, given.get() + " is not there", "Name the statement with --release");
        }
        if (!tree) {
            return SmallFile.read(in, name + STATEMENT, ReleaseStatement.MAX_BYTES);
        }
        try (Directory root = in.child(name)) {
            return file(root, FileList.STATEMENT, ReleaseStatement.MAX_BYTES);
        }
    }

    private boolean isOwn(Directory in, Path real, String name) throws IOException {
        return in.lookup(name)
                .filter(found ->
                        Doubt.about(real.resolve(name), found.stat(), user).isEmpty())
                .isPresent();
    }

    private static Optional<byte[]> file(Directory root, String path, int most) throws IOException {
        int slash = path.indexOf('/');
        if (root.lookup(path.substring(0, slash))
                .filter(entry -> entry.type() == FileType.DIRECTORY)
                .isEmpty()) {
            return Optional.empty();
        }
        try (Directory directory = root.child(path.substring(0, slash))) {
            return SmallFile.read(directory, path.substring(slash + 1), most);
        }
    }

    private Taken takeTarball(Source source, Directory work, Optional<String> version)
            throws IOException, UpdateFailure, ReleaseRefused {
        Optional<byte[]> statement = trust.usable(source.statement());
        Optional<BelievedRelease> release = Optional.empty();
        try (Pinned file = source.in().pinFile(source.name())) {
            long size = file.entry().size();
            if (statement.isPresent()) {
                trust.requireSize(ReleaseStatement.unbelieved(statement.get()), size);
            } else {
                requireRoots(source, file);
            }
            progress.phaseBegins("copy the bundle");
            String sha256 = HashedCopy.copy(file, size, work, HomeLayout.OFFERED_BUNDLE, progress);
            if (statement.isPresent()) {
                release = trust.believe(statement.get(), keys(work), OptionalLong.of(size));
                if (release.isPresent()) {
                    release.get().requireBundle(size, sha256);
                }
            }
        }
        Optional<byte[]> along = source.vouched() ? source.statement() : statement;
        return taken(work, along, release, version, members -> {
            try (FileChannel copy = work.read(HomeLayout.OFFERED_BUNDLE);
                    InputStream in = Channels.newInputStream(copy)) {
                TarGzReader.read(in, members);
            }
            work.delete(HomeLayout.OFFERED_BUNDLE);
        });
    }

    private Taken takeTree(Source source, Directory work, Optional<String> version)
            throws IOException, UpdateFailure, ReleaseRefused {
        Optional<byte[]> statement = trust.usable(source.statement());
        try (Directory tree = source.in().child(source.name())) {
            Optional<BelievedRelease> release = Optional.empty();
            if (statement.isPresent()) {
                release = trust.believe(
                        statement.get(), file(tree, FileList.KEYS, KeyList.MAX_BYTES), OptionalLong.empty());
            } else {
                trust.requireRootsWay(source.shown());
                trust.requireRoots(tree.display(), tree.self(), user);
            }
            return taken(
                    work,
                    source.statement(),
                    release,
                    version,
                    members -> new TreeReader(members, statement.isEmpty(), user).read(tree));
        }
    }

    /** Returns the version that a statement names, of which nothing is believed yet. */
    private static Optional<String> announced(byte[] statement) {
        try {
            return Optional.of(ReleaseStatement.unbelieved(statement).version());
        } catch (ReleaseRefused e) {
            return Optional.empty();
        }
    }

    /** Reads all members of what was handed over. */
    @FunctionalInterface
    private interface Reading {
        void into(ArchiveMembers members) throws IOException, UpdateFailure;
    }

    /**
     * Makes the tree, the statement in it. One that nobody was believed for here comes along, too, where root vouches for it as
     * for the bundle: one that begins to be signed brings the roots by which its own updater verifies it.
     */
    private Taken taken(
            Directory work,
            Optional<byte[]> statement,
            Optional<BelievedRelease> release,
            Optional<String> version,
            Reading reading)
            throws IOException, UpdateFailure {
        Optional<String> said = version.or(
                        () -> release.map(found -> found.statement().version()))
                .or(() -> statement.flatMap(OfferTaking::announced));
        if (said.isEmpty()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "nothing says which version this bundle is",
                    "Say it with --version VERSION");
        }
        try (Directory root = work.child(HomeLayout.OFFERED)) {
            progress.phaseBegins("unpack");
            NewFiles files = new NewFiles(context.disk(), root, release.isPresent() ? EXACT : OTHERS_NOT, progress);
            reading.into(new ArchiveMembers(BundleLimits.DEFAULT, files));
            if (statement.isPresent()) {
                files.put(FileList.STATEMENT, statement.get());
            }
            files.complete();
            Stat self = root.self();
            return new Taken(
                    new Offer(self.device(), self.inode(), said.get()),
                    files.lookup(HomeLayout.STAGED_RUNTIME).isPresent());
        }
    }

    private void requireRoots(Source source, Pinned file) throws IOException, UpdateFailure {
        trust.requireRootsWay(source.shown());
        trust.requireRoots(source.shown(), file.entry().stat(), user);
        if (file.writers() == Pinned.Writers.SOME) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_IN_USE, source.shown() + " is open for writing", "Wait until it is written");
        }
    }

    private static Optional<byte[]> keys(Directory work) throws IOException, UpdateFailure {
        try (FileChannel copy = work.read(HomeLayout.OFFERED_BUNDLE)) {
            return keys(copy);
        }
    }

    /** Returns the key list in a bundle; what is behind it is not looked at. Closes the bundle. */
    private static Optional<byte[]> keys(FileChannel copy) throws IOException, UpdateFailure {
        byte[][] found = new byte[1][];
        try (InputStream in = Channels.newInputStream(copy)) {
            TarGzReader.read(in, new ArchiveMembers(BundleLimits.DEFAULT, (entry, content) -> {
                if (entry.path().equals(FileList.KEYS) && !entry.directory()) {
                    found[0] = content.readNBytes(KeyList.MAX_BYTES + 1);
                    throw new Found();
                }
            }));
        } catch (Found e) {
            return Optional.of(found[0]);
        }
        return Optional.empty();
    }

    /** Ends a search. */
    private static final class Found extends IOException {
        private static final long serialVersionUID = 1L;

        Found() {
            super("found");
        }
    }
}
