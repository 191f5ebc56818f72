package updater.state.document;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import updater.api.PathPatterns;
import updater.api.Product;
import updater.api.VendorCommands.Migration;
import updater.json.JsonShapeException;

/** What members of a product descriptor ask of one another. */
final class ProductRules {
    private ProductRules() {}

    /**
     * Checks.
     *
     * @throws JsonShapeException when one of the members cannot be beside the others; the message names it
     */
    static void require(Product product) throws JsonShapeException {
        List<String> needed =
                neededMutable(product.health().status().file(), product.health().reports());
        requireMigratable(product);
        if (!product.health().probation().isZero()
                && product.terms().retention().days() == 0) {
            throw JsonShapeException.at(
                    "health.probation-ms",
                    "0 where retention.days is 0: nothing is kept then that could be gone back to",
                    Long.toString(product.health().probation().toMillis()));
        }
        if (!product.files().mutable().containsAll(needed)) {
            throw JsonShapeException.at(
                    "mutable",
                    String.join(", ", needed) + " among others",
                    String.join(", ", product.files().mutable()));
        }
    }

    /** Returns what is written in home beside the agent's files, and never rolled back. */
    static List<String> neededMutable(String statusFile, boolean reports) {
        return reports ? List.of("log/", "tmp/", statusFile) : List.of("log/", "tmp/");
    }

    /** What a bundle installs is the vendor's, and what no update touches nobody could put back. */
    private static void requireMigratable(Product product) throws JsonShapeException {
        PathPatterns preserved = new PathPatterns(product.files().preserved());
        Set<String> files = new HashSet<>();
        List<Migration> all = product.terms().commands().migrations();
        for (int i = 0; i < all.size(); i++) {
            String file = all.get(i).file();
            boolean mutable = product.files().mutable().stream()
                    .anyMatch(path -> (file + "/").startsWith(path.endsWith("/") ? path : path + "/"));
            if (!preserved.matches(file) || mutable || !files.add(file)) {
                throw JsonShapeException.at(
                        "migrations[" + i + "].file", "a file that is preserved and not mutable, once", file);
            }
        }
    }
}
