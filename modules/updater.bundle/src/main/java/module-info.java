import org.jspecify.annotations.NullMarked;

/**
 * Builds the update tarball and unpacks it safely.
 */
@NullMarked
module updater.bundle {
    requires org.apache.commons.compress;
    requires transitive updater.api;
    requires static org.jspecify;

    exports updater.bundle;
}
