package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.testkit.TreeSnapshot;

/**
 * While root updates, processes of the user who owns home exchange its directories and files for links to a tree outside, and back.
 * Nothing outside changes, every run ends, and once the races are over a recovery and one more update come to their ends.
 */
@SystemTest
final class RaceSystemTests {

    private static final Duration AT_LEAST = SweepSample.FULL ? Duration.ofMinutes(1) : Duration.ofSeconds(3);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NOBODY = "65534";
    private static final int LEAST_EXCHANGES = 1000;
    private static final int MOST_TIMES = 10;
    private static final int INCOMPLETE = 4;
    private static final int LINES = 70;
    private static final int TARGETS = 20;
    private static final int PAUSE = 20_000_000;
    private static final int VERSION_ONLY = 1 << 8;

    /** What the agent itself writes, root that it is, through a link in place of its log directory. */
    private static final List<String> AGENTS_OWN = List.of("running");

    /** The definition stays as it is: one of another user's would be refused each time. */
    private static final String ANOTHERS_HOME =
            "cp /mnt/disk/old/agent.process /mnt/disk/new/install/; chown -R 65534:65534 /mnt/disk/old";

    private static final String VICTIM = """
        set -e
        rm -rf /mnt/disk/victim /mnt/disk/decoy
        mkdir -p /mnt/disk/victim/plugins /mnt/disk/decoy/log
        cd /mnt/disk/victim
        echo secret >file && chmod 0600 file
        echo setuid >setuid && chmod 6755 setuid
        echo other >plugins/owned.yaml && echo other >plugins/same.yaml
        """;

    /**
     * An operator removes what was left behind, which a rollback restores like anything else, and puts back what is missing;
     * the agent unpacks once more.
     */
    private static final String STAGE_AGAIN = """
        set -e
        cd /mnt/disk/home
        find . -type l -exec rm {} + && find . -type p -exec rm {} +
        find . -name '*.aside-*' -prune -exec rm -rf {} +
        tar -C /mnt/disk/old -cf - . | tar -xf - --skip-old-files
        rm -rf tmp && mkdir tmp && chown 65534:65534 tmp
        cp -a /mnt/disk/new tmp/latest
        cp -a /mnt/runtime tmp/latest/updater-runtime
        cp tmp/latest/updater updater && chmod 0700 updater
        sed 's/"status":[03]/"status":2/' /mnt/disk/old/package_statuses.json >package_statuses.json
        """;

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void update_whileHomeIsExchangedForLinks_writesNowhereElse(int report, Bundles bundles) throws Exception {
        Map<String, Integer> exits = new TreeMap<>();
        long start = System.nanoTime();
        Random random = SweepSeed.random("races " + report);
        long raced = 0;
        long exchanges = 0;
        int runs = 0;
        int lost = 0;
        int idle = 0;
        int forgotten = 0;
        try (SweepHost host =
                SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), report, bundles.runtimeTree())) {
            inside(host, ANOTHERS_HOME);
            // Whoever starts the updater vouches for the files it runs from; from home they are looked up by path.
            SmallDisk.write(host, "/mnt/runtime-in-state", "");
            compile(host.disk().at("/mnt/racer"));
            while (raced < AT_LEAST.toNanos()
                    || (exchanges < LEAST_EXCHANGES && raced < MOST_TIMES * AT_LEAST.toNanos())) {
                host.reset();
                inside(host, VICTIM);
                TreeSnapshot victim = TreeSnapshot.of(host.disk().at("/mnt/disk/victim"));
                int line = random.nextInt(LINES);
                Process update = host.startUpdate();
                Await.until(
                        LIMIT,
                        "line " + line,
                        () -> !update.isAlive() || host.log().lines().count() >= line);
                long began = System.nanoTime();
                Racers racers = Racers.start(host, random);
                int exit = SweepHost.ended(update);
                raced += System.nanoTime() - began;
                exchanges += racers.end();
                runs++;
                String said = "seed " + SweepSeed.VALUE + ", run " + runs + "\n" + host.said() + "\n" + host.log();
                assertThat(exit).as(said).isIn(0, 1, 4, 5);
                assertUntouched(host, victim, said);
                int recovered = host.recover();
                if (recovered == INCOMPLETE) {
                    // Without its definition, which it puts back, a recovery cannot tell whether the agent runs.
                    recovered = host.recover();
                }
                assertThat(recovered).as(said + host.said()).isIn(0, 1, 4, 5);
                if (recovered == INCOMPLETE) {
                    // What was put back from the backup was taken away again: it is said, and an operator gives up.
                    assertThat(host.said()).contains("the rollback is incomplete: ", "/mnt/disk/home/");
                    assertThat(host.giveUp()).as(host.said()).isEqualTo(INCOMPLETE);
                    lost++;
                }
                assertUntouched(host, victim, host.said());
                exits.merge("update " + exit + " recover " + recovered, 1, Integer::sum);
                int agents = host.agents().size();
                idle += agents == 0 ? 1 : 0;
                forgotten += agents > 1 ? 1 : 0;
                assertWorksAgain(host, report, said + host.said());
            }
        }
        System.out.println("races, " + (report == 0 ? "success" : "rollback") + ": seed " + SweepSeed.VALUE + ", "
                + runs
                + " updates in " + raced / 1_000_000_000 + " s under " + exchanges + " exchanges, " + exits
                + ", taken away for good " + lost + ", the agent was gone " + idle + ", its PID file was hidden "
                + forgotten + ", "
                + (System.nanoTime() - start) / 1_000_000_000 + " s");
        assertThat(lost).as("taken away for good").isLessThanOrEqualTo(2 + runs / 3);
        assertThat(forgotten).as("agents that were forgotten").isLessThanOrEqualTo(Math.max(1, runs / 10));
        assertThat(exchanges).isGreaterThanOrEqualTo(LEAST_EXCHANGES);
    }

    /** A planted bug: an updater that writes into the file whose name it was given, as most do. */
    @Test
    void update_thatFollowsLinks_isFound(Bundles bundles) throws Exception {
        try (SweepHost host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree())) {
            inside(host, ANOTHERS_HOME);
            compile(host.disk().at("/mnt/racer"));
            host.reset();
            inside(host, VICTIM);
            TreeSnapshot victim = TreeSnapshot.of(host.disk().at("/mnt/disk/victim"));
            Racers racers = Racers.start(host, VERSION_ONLY, 100_000);
            inside(host, "cd /mnt/disk/home; i=0; while [ $i -lt 20000 ]; do echo v2 >VERSION; i=$((i + 1)); done");
            racers.end();
            assertThatThrownBy(() -> assertUntouched(host, victim, "naive"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("file: content was");
        }
    }

    private static void assertUntouched(SweepHost host, TreeSnapshot victim, String said) throws IOException {
        assertThat(TreeSnapshot.of(host.disk().at("/mnt/disk/victim")).changesSince(victim))
                .as(said)
                .isEmpty();
        try (Stream<Path> written = Files.list(host.disk().at("/mnt/disk/decoy/log"))) {
            assertThat(written.map(file -> file.getFileName().toString()))
                    .as(said)
                    .isSubsetOf(AGENTS_OWN);
        }
    }

    /**
     * An agent runs afterwards, unless the races had ended it: one that does not run is updated, and stays so. Where they had
     * hidden its PID file, a second one was started, and nobody knows of the first any more.
     */
    private static void assertWorksAgain(SweepHost host, int report, String earlier) {
        inside(host, STAGE_AGAIN);
        List<String> before = host.agents();
        int exit = host.update(Fault.NONE);
        String said = earlier + "\nand then, from " + before + "\n" + host.said() + host.log();
        assertThat(exit).as(said).isEqualTo(report == 0 || before.isEmpty() ? 0 : 1);
        assertThat(host.disk().at(SweepHost.STATE + "/journal")).doesNotExist();
        int forgotten = Math.max(0, before.size() - 1);
        assertThat(host.agents()).as(said).hasSize(forgotten + (before.isEmpty() ? 0 : 1));
    }

    private record Racers(Process process, BufferedReader reader) {

        static Racers start(SweepHost host, Random random) {
            int targets = random.nextInt() & random.nextInt() & ((1 << TARGETS) - 1);
            return start(host, targets == 0 ? 1 : targets, 1 + random.nextInt(PAUSE));
        }

        /** @param targets bits, as {@code src/test/c/racer.c} lists them */
        static Racers start(SweepHost host, int targets, int pause) {
            try {
                Process process = host.disk()
                        .prepare(
                                "/mnt/racer",
                                NOBODY,
                                SweepHost.HOME,
                                "/mnt/disk/victim",
                                "/mnt/disk/decoy",
                                Integer.toString(targets),
                                Integer.toString(pause))
                        .start();
                BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
                assertThat(reader.readLine()).isEqualTo("racing");
                return new Racers(process, reader);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Returns the number of exchanges. */
        long end() throws IOException, InterruptedException {
            process.children().forEach(ProcessHandle::destroy);
            long count = Long.parseLong(reader.readLine());
            assertThat(process.waitFor(LIMIT)).isTrue();
            return count;
        }
    }

    private static void compile(Path program) {
        Path source = Path.of(System.getProperty("basedir", ""))
                .resolve("src/test/c/racer.c")
                .toAbsolutePath();
        Command.run(LIMIT, "gcc", "-O1", "-o", program.toString(), source.toString())
                .ok();
    }

    private static void inside(SweepHost host, String script) {
        try {
            Command.finish(
                            LIMIT,
                            List.of(script),
                            host.disk().prepare("sh", "-c", script).start())
                    .ok();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
