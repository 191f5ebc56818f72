import org.jspecify.annotations.NullMarked;

/**
 * Keeps journal and manifest as checked records, and status file, report and product descriptor as JSON.
 *
 * <p>Everything read here may have been damaged, or written by another program: that ends in a checked exception that says
 * where and what, never in an error of the virtual machine.
 */
@NullMarked
module updater.state {
    requires transitive updater.api;
    requires updater.json;
    requires updater.release;
    requires static org.jspecify;

    exports updater.state.document;
    exports updater.state.journal;
    exports updater.state.log;
    exports updater.state.manifest;
}
