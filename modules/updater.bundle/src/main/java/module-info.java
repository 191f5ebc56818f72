import org.jspecify.annotations.NullMarked;

/**
 * Builds the update tarball and unpacks it safely.
 */
@NullMarked
module updater.bundle {
    requires org.apache.commons.compress;
    requires transitive updater.api;
    requires transitive updater.archive;
    requires static org.jspecify;

    exports updater.bundle;
}
