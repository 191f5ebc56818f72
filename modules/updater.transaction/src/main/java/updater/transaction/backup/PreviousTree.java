package updater.transaction.backup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.Stat;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.UpdateTerms.Retention;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.fs.TreeRemoval;
import updater.state.document.PreviousBeside;
import updater.state.document.PreviousSettings;
import updater.state.document.PreviousVersion;
import updater.transaction.context.ProductFile;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The version that the last update replaced, as far as that replaced or removed it: in the updater's own directory in home, by
 * the paths that the files had there. What the update left as it was is not in it. What is known of it, and what it shipped, are
 * in the state directory, where nobody else can exchange them.
 */
public record PreviousTree(UpdateContext context) {
    private static final int MAX_BYTES = 1 << 16;
    private static final int MAX_SETTINGS = 1 << 20;
    private static final int MAX_BESIDE = 1 << 23;
    private static final int OWNER_ONLY = 0600;

    /** Returns what is known of it, whole or not; empty when there is none, or none that can be gone back to any more. */
    public Optional<PreviousVersion> read() throws IOException {
        return read(context.disk(), context.layout());
    }

    /** As {@link #read()}. */
    public static Optional<PreviousVersion> read(Disk disk, HomeLayout layout) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            return SmallFile.read(state, StateFiles.PREVIOUS, MAX_BYTES).flatMap(PreviousVersion::read);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns what is known of the version that can be gone back to.
     *
     * @throws UpdateFailure.Refused when there is none
     */
    public PreviousVersion require() throws IOException, UpdateFailure.Refused {
        Optional<PreviousVersion> known = read().filter(PreviousVersion::whole);
        if (known.isEmpty()) {
            throw none("no previous version is kept on this host");
        }
        try (Directory work = WorkDirectory.open(context)) {
            if (!isIn(work, known.get())) {
                throw another();
            }
        } catch (NoSuchFileException e) {
            throw none(context.layout().work() + " is gone, and the previous version with it");
        }
        return known.get();
    }

    /**
     * Checks a directory that has been opened.
     *
     * @throws UpdateFailure.Refused when it is not the one that the state directory tells of
     */
    public void requireIs(Stat opened, PreviousVersion known) throws IOException, UpdateFailure.Refused {
        if (opened.inode() != known.kept().inode() || opened.uid() != WorkDirectory.user(context)) {
            throw another();
        }
    }

    private UpdateFailure.Refused another() {
        return none("the directory " + context.layout().work().resolve(HomeLayout.PREVIOUS)
                + " is not the one that the previous version was kept in");
    }

    private UpdateFailure.Refused none(String because) {
        return new UpdateFailure.Refused(
                RefusalCode.NO_PREVIOUS_VERSION,
                because,
                "Only the last update can be taken back, and only for the days that 'retention' in the product descriptor"
                        + " says; install the version that is wanted instead: '"
                        + context.layout().stateLauncher() + " apply BUNDLE'");
    }

    /** Returns whether the directory is the one that the state directory tells of, and root's, as what lies in it is. */
    private boolean isIn(Directory work, PreviousVersion known) throws IOException {
        long user = WorkDirectory.user(context);
        Stat itself = work.self();
        return itself.uid() == user
                && directoryOf(work, known)
                        .filter(there -> there.uid() == user && there.device() == itself.device())
                        .isPresent();
    }

    /** Returns the directory that the state directory tells of, whoever owns it by now; empty where it is not in there. */
    static Optional<Stat> directoryOf(Directory work, PreviousVersion known) throws IOException {
        return work.lookup(HomeLayout.PREVIOUS)
                .map(FileEntry::stat)
                .filter(there -> there.type() == FileType.DIRECTORY
                        && there.inode() == known.kept().inode());
    }

    /** Notes what is known. Durable and atomic. */
    void note(PreviousVersion version) throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            SmallFile.replace(state, StateFiles.PREVIOUS, version.json(), OWNER_ONLY);
        }
    }

    /** Notes the settings that the update changed. Durable, atomic and idempotent. */
    void noteSettings(Step.ConfigureService change) throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            byte[] settings = new PreviousSettings(change.before(), change.after()).json();
            SmallFile.replace(state, StateFiles.PREVIOUS_SETTINGS, settings, OWNER_ONLY);
        }
    }

    /** Returns the settings that the last update changed in the service manager's own store; empty when it changed none. */
    public Optional<PreviousSettings> settings() throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            return SmallFile.read(state, StateFiles.PREVIOUS_SETTINGS, MAX_SETTINGS)
                    .flatMap(PreviousSettings::read);
        }
    }

    /**
     * Returns the product as the update that goes back judges by it: the version's own rule of health, and all else as it is now.
     * What is asked of the version that is given up may be what the previous one never had.
     */
    public Product judged() throws IOException {
        Product now = context.product();
        return new ProductFile(context.disk(), context.layout())
                .previous()
                .map(own -> new Product(
                        now.name(), now.places(), now.services(), now.files(), own.health(), now.trust(), now.terms()))
                .orElse(now);
    }

    /** Keeps what is pending of a definition beside an operator's; nothing where nothing is. Idempotent. */
    void keepBeside() throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            if (state.lookup(StateFiles.BESIDE_PENDING).isPresent()) {
                state.rename(StateFiles.BESIDE_PENDING, state, StateFiles.PREVIOUS_BESIDE);
            }
        }
    }

    /**
     * Returns what the last update did to a definition beside one of an operator's; empty when it did nothing, or that cannot be
     * read.
     */
    public Optional<PreviousBeside> beside() throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            return SmallFile.read(state, StateFiles.PREVIOUS_BESIDE, MAX_BESIDE).flatMap(PreviousBeside::read);
        }
    }

    /** Removes it, if its time is over, or it takes more than the product keeps, as it may for a probation. Idempotent. */
    public void expire(Instant now) throws IOException {
        Retention retention = context.product().terms().retention();
        Optional<PreviousVersion> known = read();
        if (known.isPresent()
                && (!now.isBefore(known.get().until(retention.days()))
                        || known.get().kept().bytes() > retention.bytes())) {
            discard();
        }
    }

    /** Removes it; nothing when there is none. Idempotent. */
    public void discard() throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            // First what says that it is there.
            delete(state, StateFiles.PREVIOUS);
            state.force();
            delete(state, StateFiles.PREVIOUS_SHIPPED);
            delete(state, StateFiles.PREVIOUS_SETTINGS);
            delete(state, StateFiles.PREVIOUS_BESIDE);
            delete(state, StateFiles.PREVIOUS_PRODUCT);
            TreeRemoval.remove(state, StateFiles.PREVIOUS_DEFINITION);
        }
        WorkDirectory.remove(context, HomeLayout.PREVIOUS);
    }

    static void delete(Directory state, String name) throws IOException {
        if (state.lookup(name).isPresent()) {
            state.delete(name);
        }
    }
}
