package updater.packaging;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Lays two records of a tree side by side, for people. */
final class Comparison {

    private static final int DIGITS = 12;

    private Comparison() {}

    /** Returns one line for each path, and two where it differs. */
    static String text(TreeRecord before, TreeRecord after) {
        Map<String, TreeRecord.Entry> old = before.entries();
        Map<String, TreeRecord.Entry> now = after.entries();
        Set<String> names = new TreeSet<>(old.keySet());
        names.addAll(now.keySet());
        List<String> lines = new ArrayList<>();
        for (String name : names) {
            TreeRecord.Entry was = old.get(name);
            TreeRecord.Entry is = now.get(name);
            if (was != null && was.equals(is)) {
                lines.add("same    " + line(name, was));
            } else {
                lines.add("before  " + (was == null ? "(nothing) " + name : line(name, was)));
                lines.add("after   " + (is == null ? "(nothing) " + name : line(name, is)));
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private static String line(String name, TreeRecord.Entry entry) {
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
