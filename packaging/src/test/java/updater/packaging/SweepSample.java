package updater.packaging;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which of a run's operations a sweep disturbs. */
final class SweepSample {

    /** Everything rather than a sample. */
    static final boolean FULL = System.getProperty("sweep", "").equals("full");

    private static final int AT_MOST = 120;

    private SweepSample() {}

    /**
     * Returns operations by number. Of more than 120, all from the arming of the guard to the report of the outcome are among them, and
     * the others are thinned out evenly: most of those link or unlink one more file of a copy.
     */
    static List<Integer> of(List<String> operations) {
        int count = operations.size();
        if (FULL || count <= AT_MOST) {
            return sample(count, count);
        }
        int from = first(operations, "spawn", "");
        int to = first(operations, "rename", "/log/updater-report.json");
        SortedSet<Integer> points = new TreeSet<>();
        for (int point = from; point <= to; point++) {
            points.add(point);
        }
        List<Integer> others = new ArrayList<>(sample(count, count));
        others.removeAll(points);
        for (int index : sample(others.size(), AT_MOST - points.size())) {
            points.add(others.get(index - 1));
        }
        return List.copyOf(points);
    }

    /** Returns {@code wanted} of the numbers from 1 to {@code count}, the first and the last among them; all in the full mode. */
    static List<Integer> sample(int count, int wanted) {
        List<Integer> points = new ArrayList<>();
        int taken = FULL ? count : Math.min(count, wanted);
        for (int i = 0; i < taken; i++) {
            points.add(taken == 1 ? 1 : 1 + (int) ((long) i * (count - 1) / (taken - 1)));
        }
        return points;
    }

    /** A kill after an operation is the same as one before its successor, unless that is not swept or something runs meanwhile. */
    static List<Fault.Mode> modes(List<String> operations, int point, List<Integer> points) {
        String operation = operations.get(point - 1).split(" ", 3)[1];
        boolean command = operation.equals("spawn") || operation.equals("kill");
        boolean write = operation.equals("write");
        if (FULL || command || point == operations.size()) {
            return List.of(Fault.Mode.KILL_BEFORE, Fault.Mode.KILL_AFTER);
        }
        return write
                ? List.of(Fault.Mode.HALF)
                : List.of(point % 2 == 0 ? Fault.Mode.KILL_AFTER : Fault.Mode.KILL_BEFORE);
    }

    /** Returns the number of the first operation of this kind on a path that ends like this. */
    static int first(List<String> operations, String operation, String pathEnd) {
        for (String line : operations) {
            String[] words = line.split(" ", 3);
            if (words[1].equals(operation) && words[2].endsWith(pathEnd)) {
                return Integer.parseInt(words[0]);
            }
        }
        throw new AssertionError("no " + operation + " of " + pathEnd + " in\n" + String.join("\n", operations));
    }

    /** Returns the seed given as {@code -Dsweep.seed}, or a new one. */
    static long seed() {
        Long given = Long.getLong("sweep.seed");
        return given == null ? System.nanoTime() : given;
    }
}
