package updater.app;

/** The names of the files in the state directory that more than one part reads or writes. */
public final class StateFiles {
    /** The report of the last update, which {@code updater status} shows. */
    public static final String REPORT = "updater-report.json";

    /** The product descriptor that the guard's command reads. */
    public static final String PRODUCT = "product.json";

    private StateFiles() {}
}
