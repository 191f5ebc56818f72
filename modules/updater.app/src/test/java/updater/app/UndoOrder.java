package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * The order in which files were placed and taken back, read from what the updater did to the disk. Invariant 8: the one is
 * the exact reverse of the other. Only where no agent changed home: else the restoring of home does a part of it, in an
 * order of its own.
 */
final class UndoOrder {
    private static final String AFTER = "after ";

    private UndoOrder() {}

    static void check(World world) {
        String home = world.layout().home() + "/";
        String staged = AFTER + "rename " + world.layout().staged() + "/";
        List<String> log = world.points.log();
        List<String> placed = new ArrayList<>();
        int last = 0;
        for (int i = 0; i < log.size(); i++) {
            if (log.get(i).startsWith(staged)) {
                placed.add(log.get(i).substring(staged.length()));
                last = i;
            }
        }
        SequencedSet<String> takenBack = new LinkedHashSet<>();
        for (String operation : log.subList(last, log.size())) {
            String path = operation
                    .replace(AFTER + "rename " + world.layout().rollback() + "/", "")
                    .replace(AFTER + "rename " + home, "")
                    .replace(AFTER + "delete " + home, "");
            if (placed.contains(path)) {
                takenBack.add(path);
            }
        }
        assertThat(List.copyOf(takenBack)).isEqualTo(placed.reversed());
    }
}
