package updater.transaction.prepare;

import java.util.ArrayList;
import java.util.List;

/** Paths about which an operator is to be told the same. There may be many: the first are named, the others counted. */
final class Named {
    private static final int MOST = 20;

    private final String what;
    private final List<String> first = new ArrayList<>();
    private long count;

    /** @param what what is said of each of them */
    Named(String what) {
        this.what = what;
    }

    void add(String path) {
        count++;
        if (first.size() < MOST) {
            first.add(what + ": " + path);
        }
    }

    long count() {
        return count;
    }

    /** Returns a line for each of the first ones, and one for all others. */
    List<String> lines() {
        List<String> lines = new ArrayList<>(first);
        if (count > first.size()) {
            lines.add(what + ": " + (count - first.size()) + " more");
        }
        return lines;
    }
}
