package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The record of what a version shipped, read along a walk that asks in the order of the record.
 *
 * <p>A record that is not there, damaged, or of a newer updater knows nothing: then files are replaced as without one, and none
 * is removed. An update never fails for it.
 */
final class ShippedRecord implements Closeable {
    private Optional<ManifestReader> reader;
    private Optional<FileEntry> next = Optional.empty();
    private Optional<String> problem = Optional.empty();

    private ShippedRecord(Optional<ManifestReader> reader, Optional<String> problem) throws IOException {
        this.reader = reader;
        this.problem = problem;
        advance();
    }

    /** Returns a record in which nothing is. */
    static ShippedRecord nothing() throws IOException {
        return new ShippedRecord(Optional.empty(), Optional.empty());
    }

    /** Opens the record that was written for the version about to be installed. */
    static ShippedRecord pending(UpdateContext context) throws IOException {
        return open(context, StateFiles.SHIPPED_PENDING);
    }

    /** @param name of the file in the state directory */
    static ShippedRecord open(UpdateContext context, String name) throws IOException {
        try {
            return new ShippedRecord(
                    Optional.of(ManifestReader.open(context.layout().state().resolve(name), context.logs())),
                    Optional.empty());
        } catch (NoSuchFileException e) {
            return new ShippedRecord(Optional.empty(), Optional.empty());
        } catch (DamagedLogException | FutureFormatException e) {
            return new ShippedRecord(Optional.empty(), Optional.of(said(e)));
        }
    }

    private static String said(IOException e) {
        return "what the last version shipped cannot be told, so nothing of it is removed: " + e.getMessage();
    }

    /** Returns why less is known than there might be; empty when all is. */
    Optional<String> problem() {
        return problem;
    }

    /** Returns what {@link #take} will return. */
    Optional<FileEntry> peek() {
        return next;
    }

    /** Returns the next entry of all, in the order of a walk; empty behind the last one. */
    Optional<FileEntry> take() throws IOException {
        Optional<FileEntry> taken = next;
        advance();
        return taken;
    }

    /** Returns what was shipped at a path, which comes behind those that were asked for before; empty when nothing was. */
    Optional<FileEntry> at(String path) throws IOException {
        while (next.isPresent() && ManifestEntry.WALK_ORDER.compare(next.get().path(), path) < 0) {
            advance();
        }
        return next.filter(entry -> entry.path().equals(path));
    }

    private void advance() throws IOException {
        try {
            next = reader.isPresent() ? reader.get().next().map(ManifestEntry::file) : Optional.empty();
        } catch (DamagedLogException | FutureFormatException e) {
            problem = Optional.of(said(e));
            next = Optional.empty();
            close();
            reader = Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        if (reader.isPresent()) {
            reader.get().close();
        }
    }
}
