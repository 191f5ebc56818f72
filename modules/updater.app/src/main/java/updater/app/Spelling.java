package updater.app;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The distance between what was typed and what is known. */
final class Spelling {
    private static final int FARTHEST = 2;

    private Spelling() {}

    /** Returns the first of the known words that a slip or two lead to; empty when there is none. */
    static Optional<String> nearest(String word, Stream<String> known) {
        String lower = word.toLowerCase(Locale.ROOT);
        return known.filter(candidate -> distance(lower, candidate) <= FARTHEST).findFirst();
    }

    private static int distance(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substituted = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[right.length()];
    }
}
