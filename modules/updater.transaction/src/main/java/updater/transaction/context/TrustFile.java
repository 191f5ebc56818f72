package updater.transaction.context;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.release.BelievedRelease;
import updater.release.ReleaseRefused;
import updater.release.TrustState;
import updater.state.document.UpdateReport;

/**
 * What this host remembers of the releases that it believed, in the state directory.
 *
 * <p>An update writes beside it what is to be remembered when it is committed. That takes its place before the journal is
 * removed, and is removed with everything else that an update leaves where it was not committed.
 */
public record TrustFile(Disk disk, HomeLayout layout) {
    private static final int OWNER_ONLY = 0600;
    private static final int MAX_BELIEVED = 256;

    /**
     * Returns what is remembered; {@link TrustState#NONE} where nothing ever was.
     *
     * @throws UpdateFailure.Refused when it is damaged: to forget it would let every older release be installed again
     */
    public TrustState read() throws UpdateFailure.Refused {
        try (Directory state = disk.open(layout.state())) {
            Optional<byte[]> text = SmallFile.read(state, StateFiles.TRUST, TrustState.MAX_BYTES);
            return text.isPresent() ? TrustState.parse(text.get()) : TrustState.NONE;
        } catch (NoSuchFileException e) {
            return TrustState.NONE;
        } catch (IOException | ReleaseRefused e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.TRUST_STATE_DAMAGED,
                    "what this host remembers of releases is damaged, "
                            + layout.state().resolve(StateFiles.TRUST) + ": " + Reason.at(e),
                    "Put it back from a backup of this host; without it, every older release can be installed again",
                    e);
        }
    }

    /** Remembers this from now on. Durable and atomic; does nothing where it is known. */
    public void keep(TrustState remembered) throws IOException, UpdateFailure.Refused {
        if (!read().equals(remembered)) {
            try (Directory state = disk.open(layout.state())) {
                SmallFile.replace(state, StateFiles.TRUST, remembered.text(), OWNER_ONLY);
            }
        }
    }

    /** Writes down what is to be remembered when the update under way is committed, and for its report. Durable. */
    public void pend(BelievedRelease release) throws IOException {
        String line = release.statement().version() + " " + release.statement().counter() + " "
                + release.key().name() + "\n";
        try (Directory state = disk.open(layout.state())) {
            SmallFile.replace(state, StateFiles.BELIEVED, line.getBytes(StandardCharsets.US_ASCII), OWNER_ONLY);
            SmallFile.replace(
                    state, StateFiles.TRUST_PENDING, release.installed().text(), OWNER_ONLY);
        }
    }

    /** Remembers what was written down, as the update is committed. Durable, atomic and idempotent. */
    public void settle() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            if (state.lookup(StateFiles.TRUST_PENDING).isPresent()) {
                state.rename(StateFiles.TRUST_PENDING, state, StateFiles.TRUST);
                state.force();
            }
        }
    }

    /** Returns which release the update under way believed, for its report; empty where that cannot be told. */
    public Optional<UpdateReport.Release> believed() {
        try (Directory state = disk.open(layout.state())) {
            Optional<byte[]> line = SmallFile.read(state, StateFiles.BELIEVED, MAX_BELIEVED);
            if (line.isEmpty()) {
                return Optional.empty();
            }
            String[] words =
                    new String(line.get(), StandardCharsets.US_ASCII).strip().split(" ", -1);
            return words.length == 3
                    ? Optional.of(new UpdateReport.Release(words[0], Long.parseLong(words[1]), words[2]))
                    : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
