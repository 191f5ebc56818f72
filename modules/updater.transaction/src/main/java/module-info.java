import org.jspecify.annotations.NullMarked;

/**
 * The update as a transaction: prepares it, backs up, applies it, and rolls it back or recovers it whenever anything goes
 * wrong. {@link updater.transaction.Engine} is the entry.
 *
 * <p>Arrows between the packages run downwards only: {@code transaction}, {@code rollback} and {@code prepare},
 * {@code apply} and {@code backup}, {@code context}. What is public in a package that is not exported is for its siblings.
 */
@NullMarked
@SuppressWarnings("module") // updater.app is compiled later.
module updater.transaction {
    requires transitive updater.api;
    requires transitive updater.fs;
    requires updater.json;
    requires transitive updater.processes;
    requires transitive updater.state;
    requires static org.jspecify;

    exports updater.transaction to
            updater.app;
    exports updater.transaction.backup to
            updater.app;
    exports updater.transaction.context to
            updater.app;
}
