package updater.transaction.context;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.Place;
import updater.api.Stat;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.state.document.StatusDocument;
import updater.state.document.StatusDocument.PackageStatus;
import updater.state.document.StatusFormatException;

/**
 * The status file, in which the agent reports the result of its update.
 *
 * <p>The agent removes and rewrites it while the updater reads, so a file that is missing or half-written is normal. Of a
 * product whose agent does not report there is none: nothing is read, and nothing written.
 */
public final class StatusFile {
    /** Installed, in the status file's numbers. */
    public static final int INSTALLED = 0;

    /** InstallFailed, in the status file's numbers. */
    public static final int INSTALL_FAILED = 3;

    private static final int MAX_BYTES = 1 << 20;
    private static final int NEW_FILE_MODE = 0600;

    private final UpdateContext context;
    private final Place place;
    private final String packageName;

    public StatusFile(UpdateContext context) {
        this.context = context;
        this.place = new Place(
                context.layout().home(), context.product().health().status().file());
        this.packageName = context.product().health().status().packageName();
    }

    /**
     * The file at one moment.
     *
     * @param content its bytes; empty when there is none
     * @param writing tells this writing of the file from every other one, the same bytes written again included; it can be
     *     compared by another process
     * @param modified when it was written
     */
    public record Seen(Optional<Bytes> content, String writing, Instant modified) {
        /** There is no file. */
        public static final Seen NOTHING = new Seen(Optional.empty(), "none", Instant.MIN);
    }

    /** Returns what is there now: the writing that is named or a later one. */
    public Seen seen() throws IOException {
        if (!reports()) {
            return Seen.NOTHING;
        }
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(place);
            Optional<FileEntry> entry = parent.lookup(place.name());
            if (entry.isEmpty()) {
                return Seen.NOTHING;
            }
            Stat stat = entry.get().stat();
            return new Seen(
                    SmallFile.read(parent, place.name(), MAX_BYTES).map(Bytes::of),
                    stat.inode() + " " + stat.modified() + " " + stat.changed(),
                    stat.modified());
        } catch (NoSuchFileException e) {
            return Seen.NOTHING;
        }
    }

    /** Returns what it said of the package; empty when it was missing, half-written or said nothing. */
    public Optional<PackageStatus> status(Seen seen) {
        return seen.content().flatMap(content -> parse(content.toArray()));
    }

    /**
     * Returns whether an agent says that the version is installed that it had been offered. It may have been offered the next
     * one since: then the file is about that, but still says which version runs.
     *
     * @param said what the file says, written by the new agent
     * @param before the status file before the stop
     */
    public boolean saysInstalled(PackageStatus said, Optional<Bytes> before) {
        return said.status().equals(OptionalInt.of(INSTALLED)) || isOfNextOffer(said, before);
    }

    /** Returns whether an agent says that the version could not be installed that it had been offered. */
    public boolean saysFailed(PackageStatus said, Optional<Bytes> before) {
        return said.status().equals(OptionalInt.of(INSTALL_FAILED)) && !isOfNextOffer(said, before);
    }

    private boolean isOfNextOffer(PackageStatus said, Optional<Bytes> before) {
        String offered = before.flatMap(b -> parse(b.toArray()))
                .map(PackageStatus::serverVersion)
                .orElse("");
        return !offered.isEmpty()
                && said.agentVersion().equals(offered)
                && !said.serverVersion().equals(offered);
    }

    /** Returns whether the file was written since by the new agent, and says that it is installed. */
    public boolean installedSince(String writingAtStart, Optional<Bytes> before) throws IOException {
        Seen now = seen();
        return !now.writing().equals(writingAtStart)
                && !now.content().equals(before)
                && status(now).filter(said -> saysInstalled(said, before)).isPresent();
    }

    private boolean reports() {
        return context.product().health().reports();
    }

    /** Returns the file's bytes; empty when there is none. */
    public Optional<byte[]> bytes() throws IOException {
        if (!reports()) {
            return Optional.empty();
        }
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            return SmallFile.read(opened.parent(place), place.name(), MAX_BYTES);
        }
    }

    /** Returns what the file says of the package; empty while it is missing, unreadable, half-written or says nothing. */
    public Optional<PackageStatus> status() {
        try {
            return bytes().flatMap(this::parse);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Returns what {@code bytes} say of the package; empty when they cannot be read or say nothing. */
    public Optional<PackageStatus> parse(byte[] bytes) {
        try {
            return StatusDocument.parse(bytes).status(packageName);
        } catch (StatusFormatException e) {
            return Optional.empty();
        }
    }

    /** Returns the number in {@code bytes}; empty when they say nothing. */
    public OptionalInt number(Optional<Bytes> bytes) {
        return bytes.flatMap(b -> parse(b.toArray())).map(PackageStatus::status).orElse(OptionalInt.empty());
    }

    private boolean changedToFailure(Optional<Bytes> before) {
        try {
            Optional<Bytes> now = bytes().map(Bytes::of);
            return !now.equals(before) && number(now).equals(OptionalInt.of(INSTALL_FAILED));
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Writes Installed over the content from before the stop, where nobody has written anything since: nobody reports, and
     * what it says is of another update. Atomic, idempotent and forced; owner, group and mode are kept.
     */
    public void writeSuccess(Optional<Bytes> before) throws IOException {
        if (before.isEmpty()
                || !bytes().map(Bytes::of).equals(before)
                || number(before).equals(OptionalInt.of(INSTALLED))) {
            return;
        }
        try {
            byte[] content = StatusDocument.parse(before.get().toArray()).withSuccess(packageName);
            try (DirectoryChain opened = new DirectoryChain(context.disk())) {
                SmallFile.replace(opened.parent(place), place.name(), content, NEW_FILE_MODE);
            }
        } catch (StatusFormatException e) {
            // Nobody can read it, and nobody is misled by it.
        }
    }

    /**
     * Writes once more what was there before the stop, where the agent has removed it since: the new agent learns from it
     * that an update is under way. Atomic and idempotent.
     */
    public void writeAgain(Optional<Bytes> before) throws IOException {
        if (before.isEmpty() || bytes().isPresent()) {
            return;
        }
        try (DirectoryChain opened = new DirectoryChain(context.disk());
                Directory home = context.disk().open(context.layout().home())) {
            // The agent must be able to replace it.
            SmallFile.replace(
                    opened.parent(place),
                    place.name(),
                    before.get().toArray(),
                    new SmallFile.Ownership(home.self().uid(), home.self().gid(), NEW_FILE_MODE, Map.of()));
        }
    }

    /**
     * Removes the file if it says Installed. It is set aside first, so that what the agent writes at that very moment is
     * put back. Idempotent, and forced.
     */
    public void removeSuccess() throws IOException {
        if (!reports()) {
            return;
        }
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(place);
            String aside = "." + place.name() + ".updater-old";
            if (parent.lookup(aside).isEmpty()) {
                if (!saysInstalled(parent, place.name())) {
                    return;
                }
                parent.rename(place.name(), parent, aside);
            }
            if (!saysInstalled(parent, aside) && parent.lookup(place.name()).isEmpty()) {
                parent.rename(aside, parent, place.name());
            } else {
                parent.delete(aside);
            }
            parent.force();
        } catch (NoSuchFileException e) {
            // The agent was faster.
        }
    }

    private boolean saysInstalled(Directory parent, String name) throws IOException {
        return number(SmallFile.read(parent, name, MAX_BYTES).map(Bytes::of)).equals(OptionalInt.of(INSTALLED));
    }

    /**
     * Writes InstallFailed with {@code message} over the content from before the stop, unless the agent itself wrote
     * InstallFailed since. Atomic, idempotent, and forced in either case; owner, group and mode are kept.
     */
    public void writeFailure(Optional<Bytes> before, String message) throws IOException {
        if (!reports() || (changedToFailure(before) && forced())) {
            return;
        }
        byte[] content = before.map(b -> withFailure(b.toArray(), message))
                .orElseGet(() -> StatusDocument.newWithFailure(packageName, message));
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(place);
            SmallFile.replace(parent, place.name(), content, NEW_FILE_MODE);
        }
    }

    /**
     * Makes the file what it was, and takes back what an agent has written that was not to run. Atomic, idempotent; owner,
     * group and mode are kept.
     */
    public void restore(Optional<Bytes> before) throws IOException {
        if (before.isEmpty() || bytes().map(Bytes::of).equals(before)) {
            return;
        }
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            SmallFile.replace(opened.parent(place), place.name(), before.get().toArray(), NEW_FILE_MODE);
        }
    }

    /** Forces the file; returns false where the agent has just removed it to write it anew. */
    private boolean forced() throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(place);
            parent.forceFile(place.name());
            parent.force();
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private byte[] withFailure(byte[] before, String message) {
        try {
            return StatusDocument.parse(before).withFailure(packageName, message);
        } catch (StatusFormatException e) {
            return StatusDocument.newWithFailure(packageName, message);
        }
    }
}
