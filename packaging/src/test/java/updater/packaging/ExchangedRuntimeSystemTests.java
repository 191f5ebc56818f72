package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Root's updater, while the agent's user exchanges the staged tree for one of its own. A virtual machine starts every command through a
 * program that it looks up by the path of its runtime: one that runs from home runs that user's program, as root.
 */
@SystemTest
final class ExchangedRuntimeSystemTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int HITS = SweepSample.FULL ? 20 : 3;
    private static final int MOST_TRIES = 200;
    private static final String RAN = "/mnt/disk/planted-ran";
    private static final List<String> PAUSES = List.of("1000", "300000", "3000000", "20000000");

    /** The agent's user owns home and what is in it; root unpacked the update, as the updater demands. */
    private static final String STAGE = """
        set -e
        cd /mnt/disk/home
        rm -f /mnt/disk/planted-ran
        [ -d tmp/latest/updater-runtime ] || cp -a /mnt/runtime tmp/latest/updater-runtime
        mkdir -p tmp/evil/updater-runtime/bin tmp/evil/updater-runtime/lib
        for program in updater updater-runtime/bin/java updater-runtime/lib/jspawnhelper; do
            printf '#!/bin/sh\\nid -u >>/mnt/disk/planted-ran\\n' >tmp/evil/$program
            chmod 755 tmp/evil/$program
        done
        echo '- - - -' >tmp/evil/updater-runtime/platform
        chown 65534:65534 tmp && chown -R 65534:65534 tmp/evil
        """;

    /** What a launcher did that ran the staged runtime from where it lies. */
    private static final String IN_PLACE = """
        cd /mnt/disk/home
        exec tmp/latest/updater-runtime/bin/java -Dupdater.launcher=/mnt/disk/home/updater -m updater.app/updater.app.Main
        """;

    private static SweepHost host;

    @BeforeAll
    static void mount(Bundles bundles) {
        host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree());
        inside("chown -R 65534:65534 /mnt/disk/old");
        SmallDisk.write(host, "/mnt/runtime-in-state", "");
        Path source = Path.of(System.getProperty("basedir", ""))
                .resolve("src/test/c/exchanger.c")
                .toAbsolutePath();
        Command.run(
                        LIMIT,
                        "gcc",
                        "-O1",
                        "-Wall",
                        "-o",
                        host.disk().at("/mnt/exchanger").toString(),
                        source.toString())
                .ok();
    }

    @AfterAll
    static void unmount() {
        host.close();
    }

    /** First it is seen how many tries it takes to have a planted program run by an updater that runs from home. */
    @Test
    void update_whileTheStagedTreeIsExchanged_neverRunsAProgramOfItsOwners() throws Exception {
        SmallDisk.write(host, "/mnt/launch", IN_PLACE);
        int hits = 0;
        int tries = 0;
        while (hits < HITS && tries < MOST_TRIES) {
            tried(tries++, true);
            hits += Files.exists(host.disk().at(RAN)) ? 1 : 0;
        }
        assertThat(hits).as("hits on an updater that runs from home").isEqualTo(HITS);

        Files.delete(host.disk().at("/mnt/launch"));
        Map<String, Integer> exits = new TreeMap<>();
        for (int number = 0; number < tries; number++) {
            boolean installed = number % 2 == 0;
            int exit = tried(number, installed);
            assertThat(host.disk().at(RAN)).as(host.said() + host.log()).doesNotExist();
            assertThat(exit).as(host.said() + host.log()).isIn(installed ? List.of(0, 1, 5) : List.of(5));
            exits.merge((installed ? "installed " : "nothing installed ") + exit, 1, Integer::sum);
        }
        System.out.println("exchanged runtimes: " + HITS + " hits in " + tries
                + " updates that run from home; none in as many that do not, " + exits);
    }

    /** A planted runtime waits for the operator: the launcher in home is the genuine one. */
    @ParameterizedTest
    @ValueSource(strings = {"status", "doctor", "recover", "journal --print", "--version", "--help", ""})
    void command_ofTheOperatorWithAPlantedRuntime_doesNotRunIt(String command) {
        for (String state : List.of("", "rm -r /mnt/disk/state")) {
            host.reset();
            inside(STAGE + "mv tmp/latest tmp/good && mv tmp/evil tmp/latest\n" + state);
            for (String shell : List.of("/bin/dash", "/bin/bash --posix", "/bin/busybox sh")) {
                inside("cd /; " + shell + " /mnt/disk/home/updater " + command + " >/mnt/said 2>&1 || true");
            }
            assertThat(host.disk().at(RAN)).as(host.said()).doesNotExist();
        }
    }

    private static int tried(int number, boolean installed) throws IOException, InterruptedException {
        host.reset();
        inside(STAGE + (installed ? "" : "rm -rf /mnt/disk/state\n"));
        Process update = host.startUpdate();
        Process exchanger = host.disk()
                .prepare(
                        "/mnt/exchanger",
                        "65534",
                        SweepHost.HOME + "/tmp/latest",
                        SweepHost.HOME + "/tmp/evil",
                        PAUSES.get(number % PAUSES.size()))
                .start();
        BufferedReader reader = exchanger.inputReader(StandardCharsets.UTF_8);
        assertThat(reader.readLine()).isEqualTo("racing");
        int exit = SweepHost.ended(update);
        exchanger.children().forEach(ProcessHandle::destroy);
        exchanger.destroy();
        assertThat(exchanger.waitFor(LIMIT)).isTrue();
        return exit;
    }

    private static void inside(String script) {
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
