package updater.app.offer;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.Trigger;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.fs.TreeRemoval;
import updater.json.JsonShapeException;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.UpdateContext;

/**
 * The directory in which the agent's user leaves requests, and may exchange anything at any time. Opened component by component,
 * no link followed.
 */
public record RequestDirectory(UpdateContext context) {
    private static final String NAME = Trigger.REQUEST.substring(Trigger.REQUEST.lastIndexOf('/') + 1);
    private static final String DIRECTORY = Trigger.REQUEST.substring(0, Trigger.REQUEST.lastIndexOf('/'));
    private static final String ADVICE = "Put bundle, statement and, last and by rename, the request there as files";

    Path path() {
        return context.layout().home().resolve(DIRECTORY);
    }

    Directory open() throws IOException {
        return context.disk().open(path());
    }

    /**
     * Moves the request, whatever it is, to where its maker does not reach it: it starts no updater again, and one that comes
     * later does.
     *
     * @return whether there was one
     * @throws UpdateFailure.Refused when it cannot be moved; it is removed then, if it can
     */
    public boolean claim() throws UpdateFailure {
        try (Directory offers = open()) {
            if (offers.lookup(NAME).isEmpty()) {
                return false;
            }
            try {
                WorkDirectory.check(context);
                WorkDirectory.create(context);
                return move(offers);
            } catch (NoSuchFileException e) {
                return false;
            } catch (IOException | UpdateFailure.Refused e) {
                TreeRemoval.remove(offers, NAME);
                throw e;
            }
        } catch (NoSuchFileException e) {
            return false;
        } catch (NotDirectoryException e) {
            removeWhatIsNoDirectory();
            throw refused("it does not lie in a directory: " + e.getMessage(), e);
        } catch (AtomicMoveNotSupportedException e) {
            throw refused("another file system is mounted where it lies", e);
        } catch (IOException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        }
    }

    private boolean move(Directory offers) throws IOException {
        try (Directory work = WorkDirectory.open(context)) {
            TreeRemoval.remove(work, HomeLayout.TAKEN_REQUEST);
            offers.rename(NAME, work, HomeLayout.TAKEN_REQUEST);
            return true;
        }
    }

    /** Else a link there to a directory with such a file in it would start the updater for ever. */
    private void removeWhatIsNoDirectory() throws UpdateFailure {
        Path tmp = context.layout().tmp();
        try (Directory directory = context.disk().open(tmp)) {
            String offers = Trigger.REQUEST.split("/", -1)[1];
            Optional<FileEntry> there = directory.lookup(offers);
            if (there.isPresent() && there.get().type() != FileType.DIRECTORY) {
                directory.delete(offers);
            }
        } catch (IOException e) {
            throw refused("it does not lie in a directory of home", e);
        }
    }

    /**
     * Reads the claimed request, and removes it.
     *
     * @throws UpdateFailure.Refused when it is none
     */
    public OfferedRequest read() throws UpdateFailure {
        try (Directory work = WorkDirectory.open(context)) {
            try {
                Optional<byte[]> text = SmallFile.read(work, HomeLayout.TAKEN_REQUEST, OfferedRequest.MAX_BYTES);
                if (text.isEmpty()) {
                    throw refused("it is gone", new NoSuchFileException(HomeLayout.TAKEN_REQUEST));
                }
                return OfferedRequest.parse(text.get());
            } finally {
                TreeRemoval.remove(work, HomeLayout.TAKEN_REQUEST);
            }
        } catch (IOException | JsonShapeException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        }
    }

    /** Removes the claimed request, unread. */
    public void discard() throws UpdateFailure {
        try (Directory work = WorkDirectory.open(context)) {
            TreeRemoval.remove(work, HomeLayout.TAKEN_REQUEST);
        } catch (NoSuchFileException e) {
            // As wanted.
        } catch (IOException e) {
            throw new UpdateFailure.Disk(
                    "remove a request from", context.layout().work(), e);
        }
    }

    private static UpdateFailure.Refused refused(String why, Throwable cause) {
        return new UpdateFailure.Refused(
                RefusalCode.REQUEST_INVALID,
                "the request " + Trigger.REQUEST + " cannot be taken: " + why,
                ADVICE,
                cause);
    }
}
