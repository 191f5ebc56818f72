package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import updater.testkit.TreeSnapshot;

/**
 * Attacks on an agent that an init script starts, in a home of an unprivileged user's, while the kernel protects no links: those on
 * its definition, its guard, the updater's runtime and launcher, and those with links.
 */
final class ScriptedAttacks {
    private static final Attack.Places PLACES =
            new Attack.Places(InstalledAgent.HOME, InstalledAgent.STATE, "/opt/victim", "/opt/outside");

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int SAMPLE = 3;

    /** What differs from manager to manager, or without the protection. */
    private static final Pattern CHOSEN = Pattern.compile("ln |runtime|[.]updater|[$]state");

    /** What the roots of the boxes have no programs for, and what another layout is needed for. */
    private static final Pattern ELSEWHERE =
            Pattern.compile("/mnt/|agent[.]p|log/|preload|setfattr|setfacl|setcap|perl|chattr|unshare|mknod|mv log");

    private final BoxedUpdate scenario;
    private final ScriptHost init;

    /** @param scenario an agent that is installed and runs */
    ScriptedAttacks(BoxedUpdate scenario, ScriptHost init) {
        this.scenario = scenario;
        this.init = init;
    }

    static List<Attack> all() {
        return Stream.concat(
                        Stream.of(ScriptAttack.values()),
                        Attack.all()
                                .filter(attack -> CHOSEN.matcher(attack.script().planted())
                                        .find())
                                .filter(attack -> !ELSEWHERE
                                        .matcher(attack.script().planted()
                                                + attack.script().launched())
                                        .find()))
                .toList();
    }

    /** A few, drawn anew for each commit and manager; all in the full mode. */
    static List<Attack> drawn(ScriptHost init) {
        List<Attack> all = new ArrayList<>(all());
        if (!SweepSample.FULL) {
            Collections.shuffle(all, SweepSeed.random("attacks under " + init.updatersName()));
            return all.subList(0, SAMPLE);
        }
        return all;
    }

    /** Changes the trees of a version so that what the attacks name is there. */
    static void prepare(Path tree, String version) throws IOException {
        Files.createDirectories(tree.resolve("plugins"));
        Files.writeString(tree.resolve("plugins/owned.yaml"), "owned, of " + version);
        Files.writeString(tree.resolve("plugins/same.yaml"), "same");
        if (version.equals("v2")) {
            Files.createDirectories(tree.resolve("plugins/added"));
            Files.writeString(tree.resolve("plugins/added/new.yaml"), "new");
        }
    }

    void assertRefusedOrHarmless(Attack attack, Path bundle) {
        Box box = scenario.box();
        stage(bundle);
        String definition = box.read(init.definition());
        try (LinkProtection taken = LinkProtection.takeAway()) {
            assertThat(taken).isNotNull();
            box.exec("sh", "-c", "script=" + init.stagedDefinition() + "\n" + attack.plant(PLACES))
                    .ok();
            TreeSnapshot victim = victim(box);
            Command.Result ran = box.exec(LIMIT, "sh", "-c", attack.launch(PLACES));

            String said = attack.name() + ": " + ran + scenario.updaterLog();
            assertThat(victim(box).changesSince(victim)).as(said).isEmpty();
            assertThat(attack.expected().exits()).as(said).contains(ran.exit());
            for (String part : attack.expected().message()) {
                assertThat(said).contains(part.replace("$script", init.stagedDefinition()));
            }
            if (ran.exit() == AttackedHost.UPDATED) {
                assertThat(box.read(InstalledAgent.HOME + "/VERSION")).as(said).isEqualTo(version(ran.exit()));
            }
            assertThat(box.read(init.definition())).as(said).isEqualTo(definition);
            scenario.agent().awaitRunning(version(ran.exit()).strip());
            Await.until(
                    LIMIT,
                    () -> said + init.guardTraces(box),
                    () -> init.guardTraces(box).isEmpty());
        }
    }

    private static String version(int exit) {
        return exit == AttackedHost.UPDATED ? "v2\n" : "v1\n";
    }

    private static TreeSnapshot victim(Box box) {
        return TreeSnapshot.of(box.live(PLACES.victim()));
    }

    /** Root runs nothing from a home that another user can change: its own copy is there before. */
    private void stage(Path bundle) {
        scenario.stage(bundle);
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        scenario.box().exec("sh", "-c", PLACES.victims() + """
                        rm -rf /srv/bundle && cp -a $home/tmp/latest /srv/bundle
                        /srv/bundle/updater enroll
                        cd $home
                        mkdir -p storage/deep/er storage/empty
                        echo data >storage/deep/er/data
                        echo old >plugins/old.yaml && ln plugins/old.yaml storage/twin
                        find . -path ./tmp/latest -prune -o -exec chown -h 65534:65534 {} +
                        """).ok();
    }
}
