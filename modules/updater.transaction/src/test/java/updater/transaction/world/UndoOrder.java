package updater.transaction.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import updater.api.FileRules.OutsideFile;
import updater.api.HomeLayout;

/**
 * The order in which files were placed and taken back, read from what the updater did to the disk. Invariant 8: the one is
 * the exact reverse of the other. Only where no agent changed home: else the restoring of home does a part of it, in an
 * order of its own.
 */
public final class UndoOrder {
    private static final String AFTER = "after ";

    private UndoOrder() {}

    public static void check(World world) {
        String home = world.layout().home() + "/";
        List<String> outside = world.product().files().outside().stream()
                .map(OutsideFile::staged)
                .toList();
        String staged = AFTER + "rename " + world.layout().work().resolve(HomeLayout.CLAIMED) + "/";
        List<String> log = world.points.log();
        List<String> placed = new ArrayList<>();
        int last = 0;
        for (int i = 0; i < log.size(); i++) {
            if (log.get(i).startsWith(staged)) {
                String path = log.get(i).substring(staged.length());
                if (!outside.contains(path) || Files.notExists(world.root().resolve(path))) {
                    placed.add(path);
                }
                last = i;
            }
        }
        SequencedSet<String> takenBack = new LinkedHashSet<>();
        for (String operation : log.subList(last, log.size())) {
            String path = operation
                    .replace(AFTER + "rename " + world.layout().rollback() + "/home/", "")
                    .replace(AFTER + "rename " + home, "")
                    .replace(AFTER + "delete " + home, "");
            if (placed.contains(path)) {
                takenBack.add(path);
            }
        }
        assertThat(List.copyOf(takenBack)).isEqualTo(placed.reversed());
    }
}
