package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An update and a rollback on disks with little room: each comes to its end, or is refused while the agent runs, saying what is
 * needed and what there is. Halving finds the place between the two, where the room just does or just does not suffice; there
 * the agents make it scarcer still once it was measured.
 */
@SystemTest
final class SmallDiskSystemTests {

    private static final int HALVINGS = SweepSample.FULL ? 16 : 5;
    private static final int FAILED = SweepOffer.FAILED;
    private static final int KILLED = 137;
    private static final Duration FILLING = Duration.ofSeconds(60);
    private static final long PLENTY = -1;

    /** By what runs out, whose books say so, and what lies on the disk. */
    private static final List<List<SmallDisk>> ALIKE = List.of(
            List.of(SmallDisk.EXT4_8, SmallDisk.EXT4_16, SmallDisk.EXT4_32, SmallDisk.EXT4_64),
            List.of(SmallDisk.EXT4_INODES, SmallDisk.TMPFS_INODES),
            List.of(SmallDisk.TMPFS, SmallDisk.OVERLAY),
            List.of(SmallDisk.XFS, SmallDisk.BTRFS),
            List.of(SmallDisk.STATE, SmallDisk.ALL, SmallDisk.PLUGINS));

    private static final Pattern NEEDED = Pattern.compile("not enough (disk space|inodes) at /mnt/disk/[a-z/]+:"
            + " the update needs ([0-9]+)( bytes)?, ([0-9]+) are available");

    /** The old agent writes a file again that was backed up. */
    private static final String REWRITES = """
        #!/bin/sh
        [ "$1" = v1 ] || exit 0
        touch -r storage/data /mnt/time
        dd if=storage/data of=storage/data bs=4096 count=1 conv=notrunc 2>/dev/null
        touch -r /mnt/time storage/data
        """;

    /** Nothing is left, but what the updater kept back, and what LEFT says. */
    private static final String FILLS = """
        #!/bin/sh
        [ "$1" = VERSION ] || exit 0
        cat /dev/zero >/mnt/small/late 2>/dev/null
        [ -z "LEFT" ] || truncate -s -LEFT /mnt/small/late
        [ -z "INODES" ] || seq 1000 | (cd /mnt/small && xargs touch 2>/dev/null)
        """;

    private static final class Row {
        final SmallDisk disk;
        final SweepHost host;
        final SweepOffer offer;
        final Map<Judge.Ending, Integer> endings = new EnumMap<>(Judge.Ending.class);
        final List<String> wrong = new ArrayList<>();
        int runs;

        Row(SmallDisk disk, SweepHost host) {
            this.disk = disk;
            this.host = host;
            this.offer = new SweepOffer(host);
        }

        /** Updates with so much left, and returns whether it was not refused. */
        boolean fits(long left) {
            return run(0, left, "", "") == Judge.Ending.NEW;
        }

        /** Nothing is thrown for what is wrong, so that all of it comes to light. */
        Judge.Ending run(int report, long left, String atStop, String atStart) {
            try {
                return tried(report, left, atStop, atStart);
            } catch (AssertionError e) {
                wrong.add(String.valueOf(e.getMessage()));
                return Judge.Ending.UNTOUCHED;
            }
        }

        private String fills(String version, String left) {
            return FILLS.replace("VERSION", version)
                    .replace("LEFT", left)
                    .replace("INODES", disk.countsInodes() ? "yes" : "");
        }

        private Judge.Ending tried(int report, long left, String atStop, String atStart) {
            String what = disk + ", " + left + " left, the new agent reports " + report
                    + (atStop.isEmpty() ? "" : ", the old one writes as it stops")
                    + (atStart.isEmpty() ? "" : ", the new one fills the disk");
            offer.reporting(report);
            disk.leave(host, left);
            host.reset();
            offer.hook("/mnt/at-stop", atStop);
            offer.hook("/mnt/at-start", atStart);
            int exit = host.update(Fault.NONE);
            String said = host.said();
            Judge.Ending ending = offer.judge(report).ended(what + ", exit code " + exit);
            if (Boolean.getBoolean("sweep.print")) {
                System.out.println(what + ": " + ending + " " + exit + " " + said);
            }
            runs++;
            endings.merge(ending, 1, Integer::sum);
            switch (ending) {
                case NEW -> assertThat(exit).as(what + said).isZero();
                case OLD -> assertThat(exit).as(what + said).isEqualTo(1);
                case UNTOUCHED -> {
                    assertThat(exit).as(what + said).isEqualTo(5);
                    assertScarce(what, said);
                }
            }
            return ending;
        }

        private static void assertScarce(String what, String said) {
            Matcher numbers = NEEDED.matcher(said);
            assertThat(numbers.find()).as(what + ": " + said).isTrue();
            assertThat(Long.parseLong(numbers.group(2)))
                    .as(what + ": " + said)
                    .isGreaterThan(Long.parseLong(numbers.group(4)));
        }
    }

    /** Of the disks that are alike one is drawn; all in the full mode. */
    static List<SmallDisk> disks() {
        if (SweepSample.FULL) {
            return List.of(SmallDisk.values());
        }
        Random random = SweepSeed.random("small disks");
        return ALIKE.stream()
                .map(alike -> alike.get(random.nextInt(alike.size())))
                .toList();
    }

    @Test
    void disks_alike_areAllOfThem() {
        assertThat(ALIKE.stream().flatMap(List::stream)).containsExactlyInAnyOrder(SmallDisk.values());
    }

    @ParameterizedTest
    @MethodSource("disks")
    void update_onSmallDisk_completesOrIsRefused(SmallDisk disk, Bundles bundles) {
        long start = System.nanoTime();
        try (SweepHost host = host(disk, bundles)) {
            Row row = new Row(disk, host);
            row.run(0, 0, "", "");
            row.run(0, PLENTY, "", "");
            long refused = 0;
            long fits = disk.sufficient();
            for (int i = 0; i < HALVINGS && fits - refused > 1; i++) {
                long middle = (refused + fits) / 2;
                if (row.fits(middle)) {
                    fits = middle;
                } else {
                    refused = middle;
                }
            }
            row.run(FAILED, PLENTY, "", "");
            row.run(FAILED, PLENTY, "", row.fills("v2", "16K"));
            row.run(FAILED, fits, REWRITES, "");
            row.run(FAILED, fits, "", row.fills("v2", "16K"));
            for (long left : new long[] {fits, refused + (fits - refused) * 2, PLENTY}) {
                row.run(0, left, row.fills("v1", ""), "");
            }
            System.out.println("small disks, " + disk.title() + ": seed " + SweepSeed.VALUE + ", " + row.runs
                    + " runs, " + row.endings
                    + ", the least that sufficed is between " + refused + " and " + fits
                    + (disk.countsInodes() ? " inodes, " : " bytes, ") + (System.nanoTime() - start) / 1_000_000_000
                    + " s");
            assertThat(row.wrong).isEmpty();
            assertThat(row.endings).containsOnlyKeys(Judge.Ending.values());
        }
    }

    /** The new agent fills the disk that everything is on, and the updater is killed before it can give up what it kept back. */
    @Test
    void recover_onAFullDisk_restoresTheOld(Bundles bundles) {
        try (SweepHost host = host(SmallDisk.ALL, bundles)) {
            Row row = new Row(SmallDisk.ALL, host);
            row.offer.reporting(FAILED);
            Judge judge = Judge.of(host);
            int killed;
            do {
                host.reset();
                host.update(Fault.RECORDED);
                int releasing = SweepSample.first(host.operations(), "unlink", SweepHost.STATE + "/reserve");
                host.reset();
                row.offer.hook("/mnt/at-start", row.fills("v2", "") + "touch /mnt/filled\n");
                killed = host.update(Fault.of(Fault.Mode.KILL_BEFORE, releasing));
            } while (host.hits().stream().noneMatch(hit -> hit.endsWith(SweepHost.STATE + "/reserve")));
            assertThat(killed).isEqualTo(KILLED);
            Await.until(
                    FILLING,
                    "the new agent fills the disk",
                    () -> Files.exists(host.disk().at("/mnt/filled")));

            int recovered = host.recover();

            assertThat(recovered).as(host.said()).isEqualTo(1);
            assertThat(judge.ended("recovered on a full disk")).isEqualTo(Judge.Ending.OLD);
        }
    }

    /** A planted bug: an updater that does not notice that a file was not placed. */
    @Test
    void update_thatDoesNotNoticeAFailure_isFound(Bundles bundles) {
        try (SweepHost host = host(SmallDisk.EXT4_8, bundles)) {
            Judge judge = Judge.of(host);
            // How many files are looked at twice depends on when they were written: the number may be another one's.
            do {
                host.reset();
                host.update(Fault.RECORDED);
                int placing = SweepSample.first(host.operations(), "rename", SweepHost.HOME + "/VERSION");
                host.reset();
                host.update(Fault.pretending("rename", placing));
            } while (host.hits().stream().noneMatch(hit -> hit.endsWith(SweepHost.HOME + "/VERSION")));
            assertThatThrownBy(() -> judge.ended("a failure that goes unnoticed"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("VERSION: content");
        }
    }

    private static SweepHost host(SmallDisk disk, Bundles bundles) {
        SweepHost host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree());
        SweepOffer.load(host);
        disk.use(host);
        return host;
    }
}
