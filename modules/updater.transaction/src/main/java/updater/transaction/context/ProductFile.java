package updater.transaction.context;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.state.document.ProductJson;

/**
 * The descriptors that the installed version and the one before it came with, in the state directory. An update writes its own
 * beside them, and it takes its place as the record of what was shipped does.
 */
public record ProductFile(Disk disk, HomeLayout layout) {
    private static final int MAX_BYTES = 1 << 20;
    private static final int OWNER_ONLY = 0600;

    /** Writes what will be the installed version's once the update is committed. Atomic. */
    public void pend(Product product) throws IOException {
        write(StateFiles.PRODUCT_PENDING, product);
    }

    /** Notes what came with what is there now, without an update, as from a package. Durable and atomic. */
    public void installed(Product product) throws IOException {
        write(StateFiles.INSTALLED_PRODUCT, product);
    }

    private void write(String name, Product product) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            SmallFile.replace(state, name, ProductJson.compact(product), OWNER_ONLY);
        }
    }

    /** Returns what the version before came with; empty where that is not known, or cannot be read. */
    public Optional<Product> previous() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            Optional<byte[]> stored = SmallFile.read(state, StateFiles.PREVIOUS_PRODUCT, MAX_BYTES);
            return stored.isEmpty()
                    ? Optional.empty()
                    : Optional.of(ProductJson.read(stored.get(), "of the previous version"));
        } catch (NoSuchFileException | UpdateFailure.Usage e) {
            return Optional.empty();
        }
    }

    /**
     * Puts the new one in the place of the old one, as the update is committed. Durable and idempotent.
     *
     * @param replaced whether the old one becomes the previous version's
     */
    public void settle(boolean replaced) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            ShippedFile.settle(
                    state,
                    StateFiles.PRODUCT_PENDING,
                    StateFiles.INSTALLED_PRODUCT,
                    replaced ? Optional.of(StateFiles.PREVIOUS_PRODUCT) : Optional.empty());
        }
    }
}
