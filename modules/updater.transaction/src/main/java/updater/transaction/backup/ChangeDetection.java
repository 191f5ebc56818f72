package updater.transaction.backup;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import updater.api.FileEntry;

/**
 * What a file's change time can prove and what it cannot.
 *
 * <p>The kernel stamps a change with its last clock tick. A change time that differs from the one of an earlier stat proves
 * a change. An equal one proves that there was none only if the clock has ticked between the change that left it and any
 * later one: two changes within one tick leave the same stamp.
 *
 * <p>So a file counts as unchanged only if its change time lay further back than a tick when the old agent could still
 * change it unseen; a file that was changed shortly before that is taken again. A file system that keeps whole seconds has
 * ticks of a second or two. Its stamps are told by their having no fraction, which a finer stamp has once in a long while,
 * too: that costs a needless copy, never a missed change. A wall clock that is set back meanwhile can deceive all of this,
 * unless size, modification time or inode differ as well.
 */
public final class ChangeDetection {
    /** Twice the longest tick, 10 ms at 100 Hz, and more: the stamps may lag behind the clock that is read by one. */
    private static final Duration FINE_TICK = Duration.ofMillis(50);

    /** For times in whole seconds (ext4 with small inodes), or in two (FAT). */
    private static final Duration COARSE_TICK = Duration.ofSeconds(2);

    private ChangeDetection() {}

    /** Returns whether a change after an instant cannot have left the file's change time as it was. */
    public static boolean settled(FileEntry before, Instant since) {
        Instant changed = before.stat().changed();
        Duration tick = changed.equals(changed.truncatedTo(ChronoUnit.SECONDS)) ? COARSE_TICK : FINE_TICK;
        return changed.plus(tick).isBefore(since);
    }

    /** Returns whether a file is proved to be as it was. */
    static boolean unchanged(FileEntry before, FileEntry now, Instant since) {
        return now.untouchedSince(before) && settled(before, since);
    }
}
