package updater.app.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.Product;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.state.document.ProductJson;

/**
 * The product and where its description came from.
 *
 * @param origin for people
 */
public record ProductDescriptor(Product product, String origin) {
    /** The name in {@link #BUILT_IN}: to print it, the file need not be read. */
    static final String BUILT_IN_NAME = "observiq-otel-collector";

    private static final String BUILT_IN = "/updater/app/bindplane.json";
    private static final int MAX_BYTES = 1 << 20;

    /** Finds the descriptor: the one named on the command line, else the one beside the runtime, else the built-in one. */
    static ProductDescriptor find(Target target, Host host) throws UpdateFailure.Usage {
        Optional<Path> file = file(target, host);
        return file.isPresent() ? read(file.get()) : builtIn();
    }

    /** Returns the name of the product that {@link #find} would find. */
    public static String name(Target target, Host host) throws UpdateFailure.Usage {
        Optional<Path> file = file(target, host);
        return file.isPresent() ? read(file.get()).product().name() : BUILT_IN_NAME;
    }

    private static Optional<Path> file(Target target, Host host) {
        return target.product()
                .or(() -> Optional.of(host.process().javaHome().resolve("product.json"))
                        .filter(Files::exists));
    }

    private static ProductDescriptor read(Path file) throws UpdateFailure.Usage {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] json = in.readNBytes(MAX_BYTES + 1);
            return new ProductDescriptor(ProductJson.read(json, file.toString()), file.toString());
        } catch (IOException e) {
            throw new UpdateFailure.Usage(
                    "the product descriptor " + file + " cannot be read: " + Reason.of(e),
                    "Name another one with --product");
        }
    }

    private static ProductDescriptor builtIn() throws UpdateFailure.Usage {
        try (InputStream in = ProductDescriptor.class.getResourceAsStream(BUILT_IN)) {
            if (in == null) {
                throw new IllegalStateException(BUILT_IN + " is missing in " + ProductDescriptor.class.getModule());
            }
            return new ProductDescriptor(ProductJson.read(in.readAllBytes(), "built in"), "built in");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
