package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * An update and a rollback on every kind of file system, really mounted: exactly the new version, exactly the old one, or a
 * refusal that says why. The new agent has changed what is large, what is full of holes and what shares its blocks.
 */
@SystemTest
final class HostDiskSystemTests {
    private static final int HOLES = 64 << 20;

    private static final String WRITES = """
        #!/bin/sh
        [ "$1" = v2 ] || exit 0
        echo changed >>storage/data
        echo changed >storage/holes
        rm "plugins/old only.yaml"
        echo created >storage/created
        """;

    @Test
    void update_onEveryFileSystem_isNewOldOrRefused(Bundles bundles) throws IOException {
        List<String> wrong = new ArrayList<>();
        List<String> told = new ArrayList<>();
        try (SweepHost host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree())) {
            SweepOffer.load(host);
            HostDisk.compile(host.disk());
            try (RandomAccessFile holes = new RandomAccessFile(
                    host.disk().at("/mnt/disk/old/storage/holes").toFile(), "rw")) {
                holes.setLength(HOLES);
            }
            SweepOffer offer = new SweepOffer(host);
            for (HostDisk disk : HostDisk.values()) {
                disk.use(host);
                long start = System.nanoTime();
                tried(disk, host, offer, 0).ifPresent(wrong::add);
                tried(disk, host, offer, SweepOffer.FAILED).ifPresent(wrong::add);
                told.add(disk.title() + " (" + (System.nanoTime() - start) / 1_000_000 + " ms)");
            }
        }
        System.out.println("file systems: " + 2 * told.size() + " runs on " + String.join("; ", told));
        assertThat(wrong).as(String.join("\n", wrong)).isEmpty();
    }

    private static Optional<String> tried(HostDisk disk, SweepHost host, SweepOffer offer, int report) {
        String what = disk.title() + ", the new agent reports " + report;
        offer.reporting(report);
        try {
            host.reset();
            offer.hook("/mnt/at-start", report == SweepOffer.FAILED ? WRITES : "");
            int exit = host.update(Fault.NONE);
            Judge.Ending ending = offer.judge(report).ended(what + ", exit code " + exit);
            if (disk.refusal().isPresent()) {
                assertThat(exit).as(what + ": " + host.said()).isEqualTo(5);
                assertThat(ending).as(what).isEqualTo(Judge.Ending.UNTOUCHED);
                assertThat(host.said())
                        .as(what)
                        .containsPattern("(?s)" + disk.refusal().get());
            } else {
                assertThat(exit).as(what + ": " + host.said()).isEqualTo(report == 0 ? 0 : 1);
                assertThat(ending).as(what).isEqualTo(report == 0 ? Judge.Ending.NEW : Judge.Ending.OLD);
                assertHoles(what, host);
            }
            return Optional.empty();
        } catch (AssertionError e) {
            return Optional.of(what + ": " + e.getMessage());
        }
    }

    /** Holes are holes, also where a file was copied back. */
    private static void assertHoles(String what, SweepHost host) {
        Path file = host.disk().at(SweepHost.HOME + "/storage/holes");
        String used =
                Command.run(Duration.ofSeconds(10), "du", "-k", file.toString()).ok();
        assertThat(Integer.parseInt(used.split("\\s")[0]))
                .as(what + ": " + used)
                .isLessThan(1024);
    }
}
