package updater.packaging;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which of a run's operations a sweep disturbs. A kind is an operation's name, and whether it is on the journal; a phase ends when the
 * journal is forced or removed. Operations of one kind in one phase leave a recovery the same work: one of them is drawn, and some
 * more of all.
 *
 * <p>{@code -Dsweep=full} takes everything instead, and {@code -Dsweep.part=2/8} the second of eight parts of that.
 */
final class SweepSample {

    /** Everything rather than a sample. */
    static final boolean FULL = System.getProperty("sweep", "").equals("full");

    private static final String JOURNAL = SweepHost.STATE + "/journal";
    private static final int[] PART = part(System.getProperty("sweep.part", "1/1"));

    private SweepSample() {}

    /**
     * Returns operations by number: one of each kind in each phase, and {@code more} of all.
     *
     * @param from number of the first operation whose kind is asked for; one before it is only drawn among the {@code more}
     */
    static SortedSet<Integer> of(List<String> operations, int from, int more, Random random) {
        if (FULL) {
            return new TreeSet<>(part(all(operations.size())));
        }
        SortedSet<Integer> points = new TreeSet<>();
        for (List<Integer> alike : kinds(operations, from).values()) {
            points.add(alike.get(random.nextInt(alike.size())));
        }
        List<Integer> others = all(operations.size());
        others.removeAll(points);
        for (int i = 0; i < more && !others.isEmpty(); i++) {
            points.add(others.remove(random.nextInt(others.size())));
        }
        return points;
    }

    /**
     * Returns operations by number, for a run that shares its tries with others: one of each kind in each phase, of as many kinds as
     * are drawn.
     *
     * @param from as above
     * @param most how many at most
     */
    static SortedSet<Integer> ofSome(List<String> operations, int from, int most, Random random) {
        if (FULL) {
            return new TreeSet<>(part(all(operations.size())));
        }
        List<List<Integer>> kinds = new ArrayList<>(kinds(operations, from).values());
        Collections.shuffle(kinds, random);
        SortedSet<Integer> points = new TreeSet<>();
        for (List<Integer> alike : kinds.subList(0, Math.min(most, kinds.size()))) {
            points.add(alike.get(random.nextInt(alike.size())));
        }
        return points;
    }

    /** Returns the operations from {@code from} on, by phase and kind. */
    static SortedMap<String, List<Integer>> kinds(List<String> operations, int from) {
        SortedMap<String, List<Integer>> kinds = new TreeMap<>();
        int phase = 1;
        for (String line : operations) {
            String[] words = line.split(" ", 3);
            int number = Integer.parseInt(words[0]);
            boolean journal = words[2].equals(JOURNAL);
            if (number >= from) {
                kinds.computeIfAbsent(phase + " " + words[1] + (journal ? " journal" : ""), kind -> new ArrayList<>())
                        .add(number);
            }
            if (journal && (words[1].equals("fsync") || words[1].equals("unlink"))) {
                phase++;
            }
        }
        return kinds;
    }

    /** Returns {@code wanted} of the numbers from 1 to {@code count}, one drawn from each of as many stretches; in the full mode all of its part. */
    static List<Integer> sample(int count, int wanted, Random random) {
        if (FULL) {
            return part(all(count));
        }
        if (wanted >= count) {
            return all(count);
        }
        List<Integer> points = new ArrayList<>();
        for (int i = 0; i < wanted; i++) {
            int from = (int) ((long) i * count / wanted);
            int to = (int) ((i + 1L) * count / wanted);
            points.add(1 + from + random.nextInt(to - from));
        }
        return points;
    }

    private static List<Integer> all(int count) {
        List<Integer> points = new ArrayList<>();
        for (int point = 1; point <= count; point++) {
            points.add(point);
        }
        return points;
    }

    private static List<Integer> part(List<Integer> points) {
        return points.stream()
                .filter(point -> point % PART[1] == PART[0] % PART[1])
                .toList();
    }

    private static int[] part(String text) {
        String[] numbers = text.split("/", -1);
        int part = Integer.parseInt(numbers[0]);
        int parts = Integer.parseInt(numbers[1]);
        if (part < 1 || part > parts) {
            throw new IllegalArgumentException("-Dsweep.part is not like 2/8: " + text);
        }
        return new int[] {part, parts};
    }

    /** A kill after an operation is the same as one before its successor, unless something runs meanwhile. */
    static List<Fault.Mode> modes(List<String> operations, int point, Random random) {
        String operation = operations.get(point - 1).split(" ", 3)[1];
        boolean command = operation.equals("spawn") || operation.equals("kill");
        if (FULL || command || point == operations.size()) {
            return List.of(Fault.Mode.KILL_BEFORE, Fault.Mode.KILL_AFTER);
        }
        return operation.equals("write")
                ? List.of(Fault.Mode.HALF)
                : List.of(random.nextBoolean() ? Fault.Mode.KILL_AFTER : Fault.Mode.KILL_BEFORE);
    }

    /** Returns the number of the operation that starts the new agent: what comes before is the same whatever that agent reports. */
    static int start(List<String> operations) {
        int guard = first(operations, "spawn", "");
        return first(operations.subList(guard, operations.size()), "spawn", "");
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
}
