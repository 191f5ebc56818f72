package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Root updates an agent whose home belongs to an unprivileged user, who has prepared something: it is refused with a message that
 * names it and nothing is touched, or the update comes to its end all the same. Nothing outside changes either way, and nothing hangs.
 */
@SystemTest
final class AttackSuiteSystemTests {
    private static final int LEAST = 150;
    private static final Map<String, Integer> OUTCOMES = new TreeMap<>();

    private static AttackedHost host;
    private static long start;

    @BeforeAll
    static void mount(Bundles bundles) throws IOException {
        start = System.nanoTime();
        host = AttackedHost.mount(bundles);
    }

    @AfterAll
    static void unmount() {
        host.close();
        int cases = OUTCOMES.values().stream().mapToInt(Integer::intValue).sum();
        System.out.println("attack suite: seed " + SweepSeed.VALUE + ", " + cases + " cases of "
                + Attack.all().count() + ", " + OUTCOMES + ", "
                + (System.nanoTime() - start) / 1_000_000_000 + " s");
        assertThat(Attack.all()).hasSizeGreaterThanOrEqualTo(LEAST);
    }

    /** Half of them, drawn anew for each commit; all in the full mode. */
    private static Stream<Attack> drawn() {
        List<Attack> all = new ArrayList<>(Attack.all().toList());
        if (!SweepSample.FULL) {
            Collections.shuffle(all, SweepSeed.random("attacks"));
            return all.stream().limit((all.size() + 1) / 2);
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("drawn")
    void update_ofHomeThatWasPrepared_isRefusedOrHarmless(Attack attack) {
        int exit = host.attacked(attack, attack.launch());
        OUTCOMES.merge(outcome(exit), 1, Integer::sum);
    }

    private static String outcome(int exit) {
        return exit == AttackedHost.REFUSED ? "refused" : exit == AttackedHost.UPDATED ? "updated" : "rolled back";
    }

    /** A planted bug: an updater that writes into the file whose name it was given, as most do. */
    @Test
    void update_thatFollowsALink_isFound() {
        String naive =
                "cd /mnt/disk/home; cat tmp/latest/VERSION >VERSION; echo 'has a symbolic link: VERSION'; exit 5\n";
        assertThatThrownBy(() -> host.attacked(HomeAttack.HOME_FILE_IS_A_LINK, naive))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("file: content was");
    }

    /**
     * Once an update made the agent's inodes root's, and the next one ran them as its runtime. The first one here places the
     * agent's files; the second is offered them, and whatever there is of root's in home, as a runtime.
     */
    @Test
    void update_twice_turnsNoInodeOfTheAgentsIntoRoots() {
        host.begin(0);
        host.inside("""
            set -e
            cd /mnt/disk/home
            for name in java jspawnhelper; do
                cp /mnt/disk/victim/touch tmp/latest/plugins/$name
            done
            chown -R 65534:65534 tmp
            find . -user 65534 -type f -printf '%i\\n' | sort >/mnt/disk/outside/agents
            """);
        assertThat(host.update(BundleAttack.BUNDLE_IS_THE_AGENTS.launch()))
                .as(() -> host.host().said())
                .isEqualTo(AttackedHost.UPDATED);

        host.inside("""
            set -e
            cd /mnt/disk
            find home state -user 0 -type f -printf '%i\\n' | sort >outside/roots
            comm -12 outside/agents outside/roots >outside/both
            cd home
            mkdir -p tmp/latest/updater-runtime/bin tmp/latest/updater-runtime/lib
            cp -a ../new/. tmp/latest/
            mv plugins/java tmp/latest/updater-runtime/bin/
            mv plugins/jspawnhelper tmp/latest/updater-runtime/lib/
            echo '- - - -' >tmp/latest/updater-runtime/platform
            find . -user 0 -type f -not -path './tmp/*' -exec ln -f {} tmp/latest/updater-runtime/lib/ \\;
            chown 65534:65534 tmp tmp/latest tmp/latest/updater-runtime tmp/latest/updater-runtime/*
            """);
        assertThat(host.host().lines("/mnt/disk/outside/both")).isEmpty();
        assertThat(host.update(BundleAttack.BUNDLE_IS_THE_AGENTS.launch()))
                .isIn(AttackedHost.UPDATED, AttackedHost.REFUSED);
        assertThat(host.host().disk().at("/mnt/disk/victim/ran")).doesNotExist();
    }
}
