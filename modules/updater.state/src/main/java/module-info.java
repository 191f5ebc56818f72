import org.jspecify.annotations.NullMarked;

/**
 * Keeps status file, journal, manifest and update report as JSON on disk, durably.
 */
@NullMarked
module updater.state {
    requires com.fasterxml.jackson.core;
    requires transitive updater.api;
    requires static org.jspecify;

    exports updater.state;
}
