package updater.api;

import java.util.List;

/**
 * The commands of a vendor that an update runs: data, but what they do is the vendor's.
 *
 * @param rehearsal commands that must succeed on the staged tree before the stop; they run as the agent's user, and
 *     {@code [STAGED]} in them is that tree, with a trailing separator
 * @param beforeStop hooks that must succeed before the stop is asked for; one that fails refuses the update
 * @param afterStart hooks that are run once the new version is committed; one that fails is reported, and changes nothing
 * @param afterRollback hooks that are run once the old version is back and proven; as {@code afterStart}
 * @param migrations what becomes of files of the operator that the new version reads otherwise
 */
public record VendorCommands(
        List<Probe.Command> rehearsal,
        List<Probe.Command> beforeStop,
        List<Probe.Command> afterStart,
        List<Probe.Command> afterRollback,
        List<Migration> migrations) {
    /**
     * A file of the operator, and the command that prints what is to take its place. It runs as the agent's user, on the staged
     * tree, before the stop; it changes nothing itself.
     *
     * @param file relative to home
     */
    public record Migration(String file, Probe.Command command) {}

    /** The first part of a hook's first word: the directory of the hooks in the updater's own copy of the bundle. */
    public static final String HOOKS = "[HOOKS]";

    /** The directory of the hooks, in the runtime. */
    public static final String HOOKS_DIRECTORY = "hooks";

    /** A vendor without any. */
    public static final VendorCommands NONE = new VendorCommands(List.of(), List.of(), List.of(), List.of(), List.of());

    public VendorCommands {
        rehearsal = List.copyOf(rehearsal);
        beforeStop = List.copyOf(beforeStop);
        afterStart = List.copyOf(afterStart);
        afterRollback = List.copyOf(afterRollback);
        migrations = List.copyOf(migrations);
    }

    /** Returns the same with another rehearsal. */
    public VendorCommands rehearsing(List<Probe.Command> commands) {
        return new VendorCommands(commands, beforeStop, afterStart, afterRollback, migrations);
    }

    /** Returns the same with other migrations. */
    public VendorCommands migrating(List<Migration> others) {
        return new VendorCommands(rehearsal, beforeStop, afterStart, afterRollback, others);
    }
}
