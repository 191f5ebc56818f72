package updater.packaging;

/** What a sweep disturbs: a run that goes forwards or backwards, and how it ends undisturbed. */
enum SweptRun {
    /** An update whose agent reports that it is installed; from then on its version is on probation. */
    UPDATE("update", false, 0, 40),

    /** An update whose agent reports a failure. Until that is started, it is the one above. */
    FAILING_UPDATE("update", true, 1, 18),

    /** An operator takes the version back that is on probation. */
    ROLLBACK("rollback", false, 0, 18),

    /** The same, and the version that is put back reports a failure. */
    FAILING_ROLLBACK("rollback", true, 1, 10),

    /** The guard takes the version back: it has failed its probation. */
    FAILED_PROBATION("recover", false, 0, 14);

    /** What {@code sweep.sh} is told. */
    final String verb;

    final boolean failing;

    /** The exit code of an undisturbed run. */
    final int exit;

    /** How many points of it are disturbed, of those that all the runs share. */
    final int share;

    SweptRun(String verb, boolean failing, int exit, int share) {
        this.verb = verb;
        this.failing = failing;
        this.exit = exit;
        this.share = share;
    }

    /** Whether it begins with the new version in place, and ends with the old one. */
    boolean backwards() {
        return this != UPDATE && this != FAILING_UPDATE;
    }

    /** The version that is in place before it. */
    String from() {
        return backwards() ? "v2" : "v1";
    }

    /** The version that it puts in place. */
    String to() {
        return backwards() ? "v1" : "v2";
    }
}
