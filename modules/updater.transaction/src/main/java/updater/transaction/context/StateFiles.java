package updater.transaction.context;

import java.nio.file.Path;
import updater.api.HomeLayout;

/** The names of the files in the state directory that more than one part reads or writes. */
public final class StateFiles {
    /** The report of the last update, which {@code updater status} shows. */
    public static final String REPORT = "updater-report.json";

    /** The product descriptor that the guard's command reads. */
    public static final String PRODUCT = "product.json";

    /** The definition that will be placed, relative to the state directory. */
    public static final String DEFINITION = "definition.new";

    /** The directory with the verified copy of the definition in the bundle, relative to the state directory. */
    public static final String VERIFIED_DEFINITION = "definition.verified";

    /** What this host remembers of the releases that it believed; relative to the state directory, as are the next two. */
    public static final String TRUST = "trust";

    /** What will be remembered instead when the update under way is committed. */
    public static final String TRUST_PENDING = "trust-pending";

    /** Which release the update under way believed, for the report. */
    public static final String BELIEVED = "release-believed";

    /** What the installed version shipped; relative to the state directory, as is the next. */
    public static final String SHIPPED = "shipped";

    /** What will be the record of that instead when the update under way is committed. */
    public static final String SHIPPED_PENDING = "shipped-pending";

    /**
     * The status file as it was before an offered tree was announced in it, behind one byte that says whether there was
     * one; relative to the state directory.
     */
    public static final String STATUS_BEFORE_OFFER = "status-before-offer";

    /** That an operator holds updates back; relative to the state directory, as are the next two. */
    public static final String HOLD = "hold";

    /** The last updates of this host. */
    public static final String HISTORY = "history";

    /** What the update under way is to install, by its content. */
    public static final String TREE = "tree-digest";

    /** What is known of the version that the last update replaced. */
    public static final String PREVIOUS = "previous-version";

    /** What that version shipped. */
    public static final String PREVIOUS_SHIPPED = "previous-shipped";

    /** The directory with the service's definition of that version. */
    public static final String PREVIOUS_DEFINITION = "previous-definition";

    /** The settings that the last update changed in the service manager's own store, as they were and as it made them. */
    public static final String PREVIOUS_SETTINGS = "previous-settings";

    /** The definition that the last update changed beside one of an operator's, as it was and as it made it. */
    public static final String PREVIOUS_BESIDE = "previous-beside";

    /** What will be known of that instead when the update under way is committed. */
    public static final String BESIDE_PENDING = "beside-pending";

    /** The descriptor that the installed version came with. */
    public static final String INSTALLED_PRODUCT = "installed-product";

    /** What will be that instead when the update under way is committed. */
    public static final String PRODUCT_PENDING = "product-pending";

    /** The descriptor that the version which the last update replaced came with. */
    public static final String PREVIOUS_PRODUCT = "previous-product";

    /** That the update under way takes the last one back, and what that had installed, by its content. */
    public static final String TAKES_BACK = "takes-back";

    /** What is known of the installed version's probation; relative to the state directory, as is the next. */
    public static final String PROBATION = "probation";

    /** What will be known instead when the update under way is committed: nothing where it is empty. */
    public static final String PROBATION_PENDING = "probation-pending";

    private StateFiles() {}

    /** Returns the second pass's part of the manifest: what changed since the first. */
    public static Path changes(HomeLayout layout) {
        return layout.state().resolve("manifest.changes");
    }

    /** Returns the large files of the manifest that were not read for their checksum in the downtime, and those that were since. */
    public static Path unread(HomeLayout layout) {
        return layout.state().resolve("manifest.unread");
    }

    /** Returns the manifest of the files outside home; its paths are absolute. */
    public static Path outside(HomeLayout layout) {
        return layout.state().resolve("manifest.outside");
    }

    /** Returns the list of the inodes that are placed in home, by their paths there, in the order of the plan. */
    public static Path placed(HomeLayout layout) {
        return layout.state().resolve("placed");
    }

    /** Returns the list of the paths that a rollback could not restore. */
    public static Path pendingRestores(HomeLayout layout) {
        return layout.state().resolve("pending-restores");
    }
}
