package updater.transaction.context;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Failures;

/**
 * A little disk space that is taken before the stop, and given up when a rollback begins: a rollback renames, but records,
 * status file and report are written, and the new agent may have filled the disk by then.
 */
public final class SpaceReserve {
    private static final String NAME = "reserve";
    private static final int BYTES = 256 * 1024;

    private SpaceReserve() {}

    /** Takes the space on the file systems of home and of the state directory; forced along with what is prepared. */
    public static void take(UpdateContext context) throws IOException {
        release(context);
        try (Directory work = context.disk().open(context.layout().work());
                Directory rollback = work.child(HomeLayout.ROLLBACK);
                FileChannel file = rollback.create(NAME, 0600)) {
            fill(file, context.layout().rollback().resolve(NAME));
        }
        Path inState = inState(context.layout());
        try (FileChannel file = FileChannel.open(inState, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            fill(file, inState);
        }
    }

    /** Gives the space up. Idempotent. */
    public static void release(UpdateContext context) throws IOException {
        Files.deleteIfExists(inState(context.layout()));
        Place place = new Place(context.layout().work(), HomeLayout.ROLLBACK + "/" + NAME);
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory rollback = opened.parent(place);
            if (rollback.lookup(NAME).isPresent()) {
                rollback.delete(NAME);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // There is no backup to hold it.
        }
    }

    private static Path inState(HomeLayout layout) {
        return layout.state().resolve(NAME);
    }

    private static void fill(FileChannel file, Path path) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate(BYTES);
        try {
            while (zeros.hasRemaining()) {
                file.write(zeros);
            }
        } catch (IOException e) {
            throw Failures.naming(path, e);
        }
    }
}
