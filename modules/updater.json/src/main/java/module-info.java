import org.jspecify.annotations.NullMarked;

/**
 * Reads and writes JSON within limits, and makes texts of others safe to show.
 */
@NullMarked
module updater.json {
    requires com.fasterxml.jackson.core;
    requires static org.jspecify;

    exports updater.json;
}
