import org.jspecify.annotations.NullMarked;

/**
 * Keeps status file, journal, manifest and update report as JSON on disk, durably.
 */
@NullMarked
module updater.state {
    requires transitive updater.api;
    requires updater.json;
    requires static org.jspecify;

    exports updater.state;
}
