package updater.transaction.context;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import updater.api.Place;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.state.document.StatusDocument;
import updater.state.document.StatusFormatException;

/**
 * The announcement of an offered tree in the status file, as an agent makes it that starts an update: the new agent finds it
 * there, and reports. Before it is made, what was there is kept in the state directory; whatever becomes of this process, an
 * update that comes to nothing takes it back. An agent that does not report is told nothing.
 */
public record OfferedStatus(UpdateContext context) {
    private static final int MAX_BYTES = 1 << 20;
    private static final int NEW_FILE_MODE = 0600;
    private static final byte MISSING = '-';
    private static final byte PRESENT = '+';

    /** Announces it. Owner, group, mode and unknown members of the status file stay. Durable. */
    public void announce(String version) throws IOException {
        if (!context.product().health().reports()) {
            return;
        }
        Optional<byte[]> before = new StatusFile(context).bytes();
        try (Directory state = context.disk().open(context.layout().state())) {
            SmallFile.replace(state, StateFiles.STATUS_BEFORE_OFFER, kept(before), NEW_FILE_MODE);
        }
        write(announced(before, version));
    }

    /** Puts back what was there, unless somebody has written something else there since. Idempotent. */
    public void takeBack() throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            Optional<byte[]> kept = SmallFile.read(state, StateFiles.STATUS_BEFORE_OFFER, MAX_BYTES + 1);
            if (kept.isPresent() && kept.get().length > 0 && stillAnnounced()) {
                byte[] before = Arrays.copyOfRange(kept.get(), 1, kept.get().length);
                if (kept.get()[0] == PRESENT) {
                    write(before);
                } else {
                    remove();
                }
            }
        }
        forget();
    }

    /**
     * Answers an offer that was refused: InstallFailed, with the reason. Owner, group, mode and unknown members of the
     * status file stay. Durable.
     */
    public void refuse(String reason) throws IOException {
        if (context.product().health().reports()) {
            write(refused(reason));
        }
    }

    private byte[] refused(String reason) {
        String name = context.product().health().status().packageName();
        try {
            Optional<byte[]> before = new StatusFile(context).bytes();
            if (before.isPresent()) {
                return StatusDocument.parse(before.get()).withFailure(name, reason);
            }
        } catch (IOException | StatusFormatException e) {
            // No agent could read it either: it is written anew.
        }
        return StatusDocument.newWithFailure(name, reason);
    }

    /** Keeps the announcement, whose outcome the agent or the updater has written. Idempotent. */
    public void forget() throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            if (state.lookup(StateFiles.STATUS_BEFORE_OFFER).isPresent()) {
                state.delete(StateFiles.STATUS_BEFORE_OFFER);
                state.force();
            }
        }
    }

    private boolean stillAnnounced() {
        return new StatusFile(context)
                .status()
                .map(StatusDocument.PackageStatus::status)
                .equals(Optional.of(OptionalInt.of(StatusDocument.INSTALLING)));
    }

    private static byte[] kept(Optional<byte[]> before) {
        byte[] content = before.orElse(new byte[0]);
        byte[] kept = new byte[content.length + 1];
        kept[0] = before.isPresent() ? PRESENT : MISSING;
        System.arraycopy(content, 0, kept, 1, content.length);
        return kept;
    }

    private byte[] announced(Optional<byte[]> before, String version) {
        String name = context.product().health().status().packageName();
        try {
            if (before.isPresent()) {
                return StatusDocument.parse(before.get()).withOffer(name, version);
            }
        } catch (StatusFormatException e) {
            // No agent could read it either: it is written anew.
        }
        return StatusDocument.newWithOffer(name, version);
    }

    private Place place() {
        return new Place(
                context.layout().home(), context.product().health().status().file());
    }

    private void write(byte[] content) throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk());
                Directory home = context.disk().open(context.layout().home())) {
            Directory parent = opened.parent(place());
            if (parent.lookup(place().name()).isPresent()) {
                SmallFile.replace(parent, place().name(), content, NEW_FILE_MODE);
            } else {
                // The agent must be able to replace it.
                SmallFile.replace(
                        parent,
                        place().name(),
                        content,
                        new SmallFile.Ownership(home.self().uid(), home.self().gid(), NEW_FILE_MODE, Map.of()));
            }
        }
    }

    private void remove() throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(place());
            parent.delete(place().name());
            parent.force();
        }
    }
}
