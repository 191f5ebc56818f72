package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.testkit.TreeSnapshot;

/**
 * Root updates an agent whose home belongs to an unprivileged user, who has prepared something: it is refused with a message that
 * names it and nothing is touched, or the update comes to its end all the same. Nothing outside changes either way, and nothing hangs.
 */
@SystemTest
final class AttackSuiteSystemTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int LEAST = 40;
    private static final int UPDATED = 0;
    private static final int REFUSED = 5;
    private static final int ROLLED_BACK = 1;
    private static final String[] OWN = {"home", "state", "old", "new", "runtime", "victim", "outside/log"};

    /** Root's: a file only root may read, one with the set-id bits, a directory. */
    private static final String VICTIM = """
        set -e
        rm -rf /mnt/disk/victim /mnt/disk/outside
        mkdir -p /mnt/disk/victim/plugins /mnt/disk/outside
        cd /mnt/disk/victim
        echo secret >file && chmod 0600 file
        echo setuid >setuid && chmod 6755 setuid
        echo other >plugins/owned.yaml
        printf '#!/bin/sh\\ntouch /mnt/disk/victim/ran\\n' >touch && chmod 755 touch
        """;

    /** Says when a virtual machine has loaded it. */
    private static final String EVIL = """
        #include <fcntl.h>
        #include <string.h>
        #include <unistd.h>
        __attribute__((constructor)) static void start(void) {
            char self[4096];
            ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
            if (length > 5 && memcmp(self + length - 5, "/java", 5) == 0) {
                close(open("/mnt/disk/victim/loaded", O_WRONLY | O_CREAT, 0644));
            }
        }
        """;

    /** Holds write leases on files, and lets go of none when the kernel asks for it. */
    private static final String LEASES = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <unistd.h>
        int main(int count, char **files) {
            signal(SIGIO, SIG_IGN);
            for (int i = 1; i < count; i++) {
                if (fcntl(open(files[i], O_RDONLY | O_NONBLOCK), F_SETLEASE, F_WRLCK) != 0) {
                    perror(files[i]);
                    return 1;
                }
            }
            puts("held");
            fflush(stdout);
            for (;;) {
                pause();
            }
        }
        """;

    private static final Map<String, Integer> OUTCOMES = new TreeMap<>();
    private static SweepHost host;
    private static long start;

    @BeforeAll
    static void mount(Bundles bundles) throws IOException {
        start = System.nanoTime();
        host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree());
        // A definition of another user's would be refused each time.
        inside("cp /mnt/disk/old/agent.process /mnt/disk/new/install/; chown -R 65534:65534 /mnt/disk/old");
        // Root runs nothing from a home that another user can change.
        SmallDisk.write(host, "/mnt/runtime-in-state", "");
        Files.writeString(host.disk().at("/mnt/evil.c"), EVIL);
        Files.writeString(host.disk().at("/mnt/leases.c"), LEASES);
    }

    @AfterAll
    static void unmount() {
        host.close();
        int cases = OUTCOMES.values().stream().mapToInt(Integer::intValue).sum();
        System.out.println("attack suite: " + cases + " cases, " + OUTCOMES + ", "
                + (System.nanoTime() - start) / 1_000_000_000 + " s");
        assertThat(Attack.values()).hasSizeGreaterThanOrEqualTo(LEAST);
    }

    @ParameterizedTest
    @EnumSource
    void update_ofHomeThatWasPrepared_isRefusedOrHarmless(Attack attack) {
        int exit = attacked(attack, attack.launch());
        OUTCOMES.merge(exit == REFUSED ? "refused" : exit == UPDATED ? "updated" : "rolled back", 1, Integer::sum);
    }

    /** A planted bug: an updater that writes into the file whose name it was given, as most do. */
    @Test
    void update_thatFollowsALink_isFound() {
        String naive =
                "cd /mnt/disk/home; cat tmp/latest/VERSION >VERSION; echo 'has a symbolic link: VERSION'; exit 5\n";
        assertThatThrownBy(() -> attacked(Attack.HOME_FILE_IS_A_LINK, naive))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("file: content was");
    }

    private static int attacked(Attack attack, String launch) {
        Attack.Expected expected = attack.expected();
        begin(expected.exits()[0] == ROLLED_BACK ? 3 : 0);
        inside(attack.plant());
        SmallDisk.write(host, "/mnt/launch", launch);
        TreeSnapshot victim = record("/mnt/disk/victim");
        TreeSnapshot outside = record("/mnt/disk", OWN).ignoringOwnTime();
        TreeSnapshot home = home();
        List<String> agents = host.agents();

        int exit = host.update(Fault.NONE);

        String said = host.said() + "\n" + host.log();
        assertThat(record("/mnt/disk/victim").changesSince(victim)).as(said).isEmpty();
        assertThat(record("/mnt/disk", OWN).ignoringOwnTime().changesSince(outside))
                .as(said)
                .isEmpty();
        assertThat(Arrays.stream(expected.exits()).boxed()).as(said).contains(exit);
        for (String part : expected.message()) {
            assertThat(said).contains(part);
        }
        if (exit == REFUSED) {
            // A process that an agent has only just begun looks like it.
            assertThat(host.agents()).as(said).isNotEmpty().isSubsetOf(agents);
            assertThat(home().changesSince(home)).as(said).isEmpty();
        } else {
            assertEnded(exit, agents, home, said);
        }
        assertNothingInjected();
        return exit;
    }

    private static void assertEnded(int exit, List<String> agents, TreeSnapshot home, String said) {
        assertThat(host.agents()).as(said).hasSize(1).doesNotContainAnyElementsOf(agents);
        if (exit == UPDATED) {
            assertThat(host.lines(SweepHost.HOME + "/VERSION")).as(said).containsExactly("v2");
        } else {
            assertThat(home().changesSince(home)).as(said).isEmpty();
        }
        // What somebody else has in tmp stays there.
        assertThat(host.disk().at(SweepHost.HOME + "/tmp/latest")).as(said).doesNotExist();
        assertThat(host.disk().at(SweepHost.HOME + "/tmp/.updater-staged"))
                .as(said)
                .doesNotExist();
        assertThat(host.disk().at(SweepHost.HOME + "/.updater/staged")).as(said).doesNotExist();
        assertThat(host.disk().at(SweepHost.STATE + "/journal")).as(said).doesNotExist();
    }

    /** The runtime of the try before may be what was prepared. */
    private static void begin(int report) {
        inside(
                "chown 0 /mnt/disk; chmod 0755 /mnt/disk; rm -rf /mnt/disk/home/tmp /mnt/disk/state; sed -i 's/:[03]\\(${status\\)/:"
                        + report + "\\1/' /mnt/disk/new/agent");
        host.reset();
        inside(VICTIM);
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

    private static TreeSnapshot record(String tree, String... excluded) {
        return TreeSnapshot.of(host.disk().at(tree), excluded);
    }

    /** What an update answers for. */
    private static TreeSnapshot home() {
        return record(SweepHost.HOME, "tmp", "log", "updater", ".updater", "package_statuses.json", "storage/deep-tree")
                .ignoringOwnTime();
    }

    /** Each line is the updater's own, and a terminal shows it as it is. */
    private static void assertNothingInjected() {
        assertThat(host.log().lines()).allSatisfy(line -> assertThat(line).startsWith("{\"time\":"));
        assertThat(host.log() + host.said()).doesNotMatch("(?s).*[\\x00-\\x09\\x0b-\\x1f\\x7f].*");
    }
}
