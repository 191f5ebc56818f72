import org.jspecify.annotations.NullMarked;

/**
 * Changes trees on disk: walks, links, copies with metadata, places, removes, forces and compares them.
 */
@NullMarked
module updater.fs {
    requires transitive updater.api;
    requires static org.jspecify;

    exports updater.fs;
}
