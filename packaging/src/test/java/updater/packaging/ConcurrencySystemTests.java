package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Two updaters at once: one works, the other says who does. */
@SystemTest
final class ConcurrencySystemTests {

    private static final int TIMES = 50;

    @Test
    void update_startedTwiceAtOnce_isDoneByOneAndRefusedByTheOther(Bundles bundles) {
        try (SweepHost host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree())) {
            Judge judge = Judge.of(host);
            int first = 0;
            long start = System.nanoTime();
            for (int i = 0; i < TIMES; i++) {
                host.reset();
                List<Integer> exits = host.updateTwice();
                String said = host.lines("/mnt/said.1") + "\n" + host.lines("/mnt/said.2");
                assertThat(exits).as(said).containsExactlyInAnyOrder(0, 3);
                // The one that works may not have got to writing down who it is.
                assertThat(host.lines(exits.getFirst() == 3 ? "/mnt/said.1" : "/mnt/said.2")
                                .toString())
                        .containsPattern("process [0-9]+ \\(update, since|a process that has only just started");
                assertThat(judge.ended("together, " + i)).isEqualTo(Judge.Ending.NEW);
                first += exits.getFirst() == 0 ? 1 : 0;
            }
            System.out.println("two updaters together: " + TIMES + " times, the one started first won " + first + ", "
                    + (System.nanoTime() - start) / 1_000_000_000 + " s");
        }
    }
}
