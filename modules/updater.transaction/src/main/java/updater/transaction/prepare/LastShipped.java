package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.Place;
import updater.fs.DirectoryChain;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * What the installed version shipped, if its record can be read and is of what is installed.
 *
 * @param problem why nothing is known; empty where all is, or there is no record
 */
public record LastShipped(UpdateContext context, Optional<String> problem) {
    /** Fewer may well be an operator's. */
    private static final int MANY = 10;

    /** Reads all of the record once. */
    public static LastShipped read(UpdateContext context) throws IOException {
        try (ShippedRecord record = ShippedRecord.open(context, StateFiles.SHIPPED)) {
            return new LastShipped(context, problem(context, record));
        }
    }

    /** Opens the record; one that knows nothing where there is none, or it tells nothing. */
    ShippedRecord open() throws IOException {
        return problem.isPresent() ? ShippedRecord.nothing() : ShippedRecord.open(context, StateFiles.SHIPPED);
    }

    /**
     * Returns why a record tells nothing of what is installed. Where most files have another size, or are gone, that was no
     * operator but a package manager or another updater.
     */
    private static Optional<String> problem(UpdateContext context, ShippedRecord record) throws IOException {
        long others = 0;
        long all = 0;
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            for (Optional<FileEntry> entry = record.take(); entry.isPresent(); entry = record.take()) {
                if (ShippedWriter.isInHome(entry.get())
                        && entry.get().checksum().isPresent()) {
                    all++;
                    others += isThere(opened, context.layout().home(), entry.get()) ? 0 : 1;
                }
            }
        }
        return others >= MANY && 2 * others > all
                ? Optional.of("most of what the last version shipped is not what is here: another version was installed"
                        + " since, and not by this updater, so nothing of it is removed")
                : record.problem();
    }

    private static boolean isThere(DirectoryChain opened, Path home, FileEntry entry) throws IOException {
        try {
            Place place = new Place(home, entry.path());
            return opened.parent(place)
                    .lookup(place.name())
                    .filter(there -> there.type() == entry.type() && there.size() == entry.size())
                    .isPresent();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
        }
    }
}
