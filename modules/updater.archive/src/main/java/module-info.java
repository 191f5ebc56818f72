import org.jspecify.annotations.NullMarked;

/**
 * The strict reading of archives of strangers. It is in the shipped runtime, and needs nothing but the JDK.
 */
@NullMarked
module updater.archive {
    requires transitive updater.api;
    requires static org.jspecify;

    exports updater.archive;
}
