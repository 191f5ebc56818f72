package updater.transaction.context;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.OptionalInt;
import updater.api.Bytes;
import updater.api.Place;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.state.document.StatusDocument;
import updater.state.document.StatusDocument.PackageStatus;
import updater.state.document.StatusFormatException;

/**
 * The status file, in which the agent reports the result of its update.
 *
 * <p>The agent removes and rewrites it while the updater reads, so a file that is missing or half-written is normal.
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
        this.place = new Place(context.layout().home(), context.product().statusFile());
        this.packageName = context.product().packageName();
    }

    /** Returns the file's bytes; empty when there is none. */
    public Optional<byte[]> bytes() throws IOException {
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

    /** Returns whether the file was changed since {@code before} and now says so. */
    public boolean changedTo(int number, Optional<Bytes> before) {
        try {
            Optional<Bytes> now = bytes().map(Bytes::of);
            return !now.equals(before) && number(now).equals(OptionalInt.of(number));
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Writes InstallFailed with {@code message} over the content from before the stop, unless the agent itself wrote
     * InstallFailed since. Atomic, idempotent, and forced in either case; owner, group and mode are kept.
     */
    public void writeFailure(Optional<Bytes> before, String message) throws IOException {
        if (changedTo(INSTALL_FAILED, before) && forced()) {
            return;
        }
        byte[] content = before.map(b -> withFailure(b.toArray(), message))
                .orElseGet(() -> StatusDocument.newWithFailure(packageName, message));
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(place);
            SmallFile.replace(parent, place.name(), content, NEW_FILE_MODE);
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
