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
import updater.transaction.backup.ShippedBefore;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The record of what a version shipped, read along a walk that asks in the order of the record.
 *
 * <p>A record that is not there, damaged, or of a newer updater knows nothing: then files are replaced as without one, and none
 * is removed. An update never fails for it.
 */
final class ShippedRecord implements Closeable {
    private final boolean all;
    private Optional<ManifestReader> reader;
    private Optional<ManifestEntry> next = Optional.empty();
    private Optional<String> problem = Optional.empty();

    /** @param all whether what was put in place with the version belongs to it as well */
    private ShippedRecord(Optional<ManifestReader> reader, Optional<String> problem, boolean all) throws IOException {
        this.reader = reader;
        this.problem = problem;
        this.all = all;
        advance();
    }

    /** Returns a record in which nothing is. */
    static ShippedRecord nothing() throws IOException {
        return new ShippedRecord(Optional.empty(), Optional.empty(), false);
    }

    /** Opens the record that was written for the version about to be installed, with all that is put in place. */
    static ShippedRecord pending(UpdateContext context) throws IOException {
        return open(context, StateFiles.SHIPPED_PENDING, true);
    }

    /** Opens what is known of a version that is gone back to, with all that was there. */
    static ShippedRecord previous(UpdateContext context) throws IOException {
        return open(context, StateFiles.PREVIOUS_SHIPPED, true);
    }

    /** @param name of the file in the state directory */
    static ShippedRecord open(UpdateContext context, String name) throws IOException {
        return open(context, name, false);
    }

    private static ShippedRecord open(UpdateContext context, String name, boolean all) throws IOException {
        try {
            return new ShippedRecord(
                    Optional.of(ManifestReader.open(context.layout().state().resolve(name), context.logs())),
                    Optional.empty(),
                    all);
        } catch (NoSuchFileException e) {
            return nothing();
        } catch (DamagedLogException | FutureFormatException e) {
            return new ShippedRecord(Optional.empty(), Optional.of(said(e)), all);
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
        return next.map(ManifestEntry::file);
    }

    /** Returns the next entry of all, in the order of a walk; empty behind the last one. */
    Optional<FileEntry> take() throws IOException {
        return takeNoted().map(ManifestEntry::file);
    }

    /** As {@link #take}, with what is noted beside it. */
    Optional<ManifestEntry> takeNoted() throws IOException {
        Optional<ManifestEntry> taken = next;
        advance();
        return taken;
    }

    /** Returns what was shipped at a path, which comes behind those that were asked for before; empty when nothing was. */
    Optional<FileEntry> at(String path) throws IOException {
        while (next.isPresent()
                && ManifestEntry.WALK_ORDER.compare(next.get().file().path(), path) < 0) {
            advance();
        }
        return peek().filter(entry -> entry.path().equals(path));
    }

    private void advance() throws IOException {
        try {
            Optional<ManifestEntry> entry = reader.isPresent() ? reader.get().next() : Optional.empty();
            while (!all && entry.isPresent() && entry.get().note().equals(Optional.of(ShippedBefore.OPERATORS))) {
                entry = reader.orElseThrow().next();
            }
            next = entry;
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
