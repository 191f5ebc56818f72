package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The attacks with links, on a kernel that protects none: anybody may give root's files another name, and root follows a link in a
 * directory that all may write.
 */
@SystemTest
@EnabledIf("updater.packaging.LinkProtection#canBeTakenAway")
final class UnprotectedLinksSystemTests {
    private static final int SAMPLE = 6;

    private static AttackedHost host;
    private static int tried;

    @BeforeAll
    static void mount(Bundles bundles) throws IOException {
        host = AttackedHost.mount(bundles);
    }

    @AfterAll
    static void unmount() {
        host.close();
        System.out.println("attacks without the protection of links: " + tried + " of " + all().size());
    }

    private static List<Attack> all() {
        return Attack.all()
                .filter(attack -> attack.script().planted().contains("ln ")
                        || attack.name().contains("BY_ALL"))
                .toList();
    }

    private static Stream<Attack> attacks() {
        List<Attack> drawn = new ArrayList<>(all());
        if (!SweepSample.FULL) {
            Collections.shuffle(drawn, SweepSeed.random("unprotected links"));
            return drawn.stream().limit(SAMPLE);
        }
        return drawn.stream();
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void update_withoutTheProtection_isRefusedOrHarmless(Attack attack) {
        try (LinkProtection taken = LinkProtection.takeAway()) {
            assertThat(taken).isNotNull();
            host.attacked(attack, attack.launch());
            tried++;
        }
    }

    /** The agent's user himself gives root's secrets names in his home, which only such a kernel lets him. */
    @Test
    void update_agentGaveRootsFilesOtherNames_leavesThemAlone() {
        try (LinkProtection taken = LinkProtection.takeAway()) {
            assertThat(taken).isNotNull();
            host.attacked(HomeAttack.NONE_THAT_FAILS, HomeAttack.NONE_THAT_FAILS.launch(), () -> host.inside("""
                    cd /mnt/disk/home
                    exec setpriv --reuid=65534 --clear-groups sh -ec '
                        ln ../victim/file storage/file
                        ln ../victim/setuid plugins/setuid
                        ln ../victim/file log/updater.log
                        mkdir -p log/x && ln -s ../../victim log/x/away'
                    """));
            tried++;
        }
    }
}
