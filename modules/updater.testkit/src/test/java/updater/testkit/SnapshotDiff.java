package updater.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The text of two snapshots of a tree side by side, for people. */
public final class SnapshotDiff {

    private static final int DIGITS = 12;

    private SnapshotDiff() {}

    /** Returns one line for each path, and two where it differs. */
    public static String text(TreeSnapshot before, TreeSnapshot after) {
        Map<String, TreeSnapshot.Entry> old = before.entries();
        Map<String, TreeSnapshot.Entry> now = after.entries();
        Set<String> names = new TreeSet<>(old.keySet());
        names.addAll(now.keySet());
        List<String> lines = new ArrayList<>();
        for (String name : names) {
            TreeSnapshot.Entry was = old.get(name);
            TreeSnapshot.Entry is = now.get(name);
            if (was != null && was.equals(is)) {
                lines.add("same    " + line(name, was));
            } else {
                lines.add("before  " + (was == null ? "(nothing) " + name : line(name, was)));
                lines.add("after   " + (is == null ? "(nothing) " + name : line(name, is)));
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private static String line(String name, TreeSnapshot.Entry entry) {
        String content = entry.content().isEmpty()
                ? "-"
                : entry.content().substring(0, Math.min(DIGITS, entry.content().length()));
        return String.format(
                Locale.ROOT,
                "%-9s %04o %d:%d %6d  %-30s %-" + DIGITS + "s  %s",
                entry.type(),
                entry.mode(),
                entry.uid(),
                entry.gid(),
                entry.size(),
                name.isEmpty() ? "(its own time apart)" : entry.mtime(),
                content,
                name.isEmpty() ? "." : name);
    }
}
