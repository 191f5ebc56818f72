package updater.transaction.context;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import updater.api.HomeLayout;
import updater.api.Stat;

/**
 * A tree that {@code updater apply} has unpacked into {@link HomeLayout#OFFERED}.
 *
 * @param device of the tree's root
 * @param inode of the tree's root: no other directory is believed to be the tree
 * @param version what the new agent is told that was offered
 */
public record Offer(long device, long inode, String version) {
    private static final Pattern IDENTITY = Pattern.compile("([0-9]{1,19}):([0-9]{1,19})");

    /** Returns an offer of the directory that {@link #identity} named; empty when it names none. */
    public static Optional<Offer> of(String identity, String version) {
        Matcher matcher = IDENTITY.matcher(identity);
        try {
            return matcher.matches()
                    ? Optional.of(
                            new Offer(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)), version))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Returns device and inode as one word. */
    public String identity() {
        return device + ":" + inode;
    }

    /** Returns whether this is the tree's root. */
    public boolean is(Stat found) {
        return found.device() == device && found.inode() == inode;
    }
}
