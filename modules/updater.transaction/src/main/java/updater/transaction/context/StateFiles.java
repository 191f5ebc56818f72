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

    /**
     * The status file as it was before an offered tree was announced in it, behind one byte that says whether there was
     * one; relative to the state directory.
     */
    public static final String STATUS_BEFORE_OFFER = "status-before-offer";

    private StateFiles() {}

    /** Returns the second pass's part of the manifest: what changed since the first. */
    public static Path changes(HomeLayout layout) {
        return layout.state().resolve("manifest.changes");
    }

    /** Returns the manifest of the files outside home; its paths are absolute. */
    public static Path outside(HomeLayout layout) {
        return layout.state().resolve("manifest.outside");
    }

    /** Returns the list of the paths that a rollback could not restore. */
    public static Path pendingRestores(HomeLayout layout) {
        return layout.state().resolve("pending-restores");
    }
}
