package updater.api;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The places of one installation. Only names: nothing here touches the disk.
 *
 * @param home the agent's installation directory, absolute and real
 * @param state the directory that outlives {@code home/tmp}: journal, lock, guard, runtime
 */
public record HomeLayout(Path home, Path state) {
    /** The staged tree, relative to home. */
    public static final String STAGED = "tmp/latest";

    /** Where people look for the backup: a link to it while an update runs, relative to home. */
    public static final String ROLLBACK_LINK = "tmp/rollback";

    /** The staged tree of the update under way, where it cannot be renamed out of {@code tmp}; relative to home. */
    public static final String CLAIMED_IN_TMP = "tmp/.updater-staged";

    /** The launcher's file name in the bundle, in home and in the state directory, but for Windows. */
    public static final String LAUNCHER = "updater";

    /** The launcher's file name where a program must have that ending. */
    public static final String WINDOWS_LAUNCHER = "updater.exe";

    /** Returns whether a path, relative to home or to the staged tree, is that of a launcher of any system. */
    public static boolean isLauncher(String path) {
        return path.equals(LAUNCHER) || path.equals(WINDOWS_LAUNCHER);
    }

    /** Returns the launcher's file name here: a home with the separators of Windows is on Windows. */
    public String launcherName() {
        return home.getFileSystem().getSeparator().equals("\\") ? WINDOWS_LAUNCHER : LAUNCHER;
    }

    /** The updater's own runtime, relative to the staged tree: never installed into home. */
    public static final String STAGED_RUNTIME = "updater-runtime";

    /**
     * Returns the path in home of a place that is anchored at home, or at a link in it; empty for another one. By its text
     * alone.
     */
    public Optional<String> pathOf(Place place) {
        if (!place.anchor().startsWith(home)) {
            return Optional.empty();
        }
        String link = home.relativize(place.anchor())
                .toString()
                .replace(home.getFileSystem().getSeparator(), "/");
        return Optional.of(link.isEmpty() ? place.path() : link + "/" + place.path());
    }

    /**
     * The updater's own directory in home, which only its user may enter: what an undo needs lies there, on the file system
     * of what it puts back. Without root it is the state directory as well. Relative to home.
     */
    public static final String WORK = ".updater";

    /** The backup, relative to {@link #work()}. */
    public static final String ROLLBACK = "rollback";

    /** The staged tree of the update under way, relative to {@link #work()}. */
    public static final String CLAIMED = "staged";

    /** Files of the staged tree that could not be placed themselves, copied; relative to {@link #work()}. */
    public static final String COPIES = "copies";

    /** What takes the place of files that the vendor migrates, relative to {@link #work()}. */
    public static final String MIGRATED = "migrated";

    /**
     * What was staged and its signature believed, copied to where nobody but the updater's user can change it; relative to
     * {@link #work()}.
     */
    public static final String VERIFIED = "verified";

    /** What the last update replaced and removed, from which it can be taken back; relative to {@link #work()}. */
    public static final String PREVIOUS = "previous";

    /**
     * The tree that {@code updater apply} unpacked, relative to {@link #work()}. It is installed from there, and never goes
     * where somebody else could change it.
     */
    public static final String OFFERED = "offered";

    /** The bundle that it is unpacked from, relative to {@link #work()}. */
    public static final String OFFERED_BUNDLE = "offered.tar.gz";

    /** The request that is being read, where its maker cannot reach it any more; relative to {@link #work()}. */
    public static final String TAKEN_REQUEST = "request";

    /** Files that had to leave their names while they were in use, relative to home. Never part of an installation. */
    public static final String ASIDE = WORK + "/aside";

    /** What an undo replaced or removed, relative to the state directory. */
    public static final String KEPT = "kept";

    public Path tmp() {
        return home.resolve("tmp");
    }

    public Path staged() {
        return home.resolve(STAGED);
    }

    public Path work() {
        return home.resolve(WORK);
    }

    public Path rollback() {
        return work().resolve(ROLLBACK);
    }

    public Path log() {
        return home.resolve("log").resolve("updater.log");
    }

    public Path report() {
        return home.resolve("log").resolve("updater-report.json");
    }

    public Path launcher() {
        return home.resolve(launcherName());
    }

    public Path journal() {
        return state.resolve("journal");
    }

    public Path manifest() {
        return state.resolve("manifest");
    }

    public Path kept() {
        return state.resolve(KEPT);
    }

    public Path runtime() {
        return state.resolve("runtime");
    }

    public Path stateLauncher() {
        return state.resolve(launcherName());
    }

    /** Returns home with a trailing separator, which is what {@code [INSTALLDIR]} stands for in definitions. */
    public String installDir() {
        String separator = home.getFileSystem().getSeparator();
        String text = home.toString();
        return text.endsWith(separator) ? text : text + separator;
    }

    /** Returns {@code text} with every {@code [INSTALLDIR]} replaced by home with a trailing separator. */
    public String expand(String text) {
        return text.replace("[INSTALLDIR]", installDir());
    }
}
