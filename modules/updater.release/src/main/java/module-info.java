import org.jspecify.annotations.NullMarked;

/**
 * Says whether a release is the vendor's: signed statements, lists of signing keys, lists of a tree's files.
 *
 * <p>For the updater, for build machines, and for agents on Java 17 or later. It knows nothing of homes, services or
 * journals, and keeps nothing.
 */
@NullMarked
module updater.release {
    requires static org.jspecify;

    exports updater.release;
}
