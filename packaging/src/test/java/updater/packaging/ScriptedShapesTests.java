package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.state.document.UpdateReport;

/** Shapes that home and definition have on real hosts, on a host whose agent is an init script. Subclasses say whose. */
@SystemTest
abstract class ScriptedShapesTests extends OnScriptHost {
    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final SampleAgent V3 = SampleAgent.bindplane("v3");
    private static final String ELSEWHERE = "/srv/plugins-of-agent";
    private static final Duration UPDATING = Duration.ofMinutes(2);

    ScriptedShapesTests(ScriptHost init) {
        super(init);
    }

    private BoxedUpdate install(Bundles bundles) {
        return BoxedUpdate.install(box(), bundles, scratch, V1);
    }

    private void inHome(BoxedUpdate scenario, String script) {
        box().exec(
                        "sh",
                        "-ec",
                        "cd \"$1\"\n" + script,
                        "script",
                        scenario.agent().inHome(""))
                .ok();
    }

    /** As an operator does: a mount point in home can be emptied, but neither removed nor renamed. */
    private EndedUpdate update(BoxedUpdate scenario, SampleAgent offered) {
        BoxedUpdate.Offer offer = scenario.offer(offered);
        box().place(scenario.bundle(offer), "/srv/update.tar.gz");
        inHome(scenario, """
                mkdir -p tmp/latest
                find tmp/latest -mindepth 1 -delete
                tar -xzf /srv/update.tar.gz --no-same-owner -C tmp/latest
                cp tmp/latest/updater updater
                """);
        String running = scenario.agent().runningVersion();
        scenario.writeStatus(
                BoxedUpdate.status(2)
                        .replace("\"v2\"", "\"" + offered.version() + "\"")
                        .replace("\"v1\"", "\"" + running + "\""),
                "rw-------");
        return scenario.runByHand(offer);
    }

    private void assertRolledBackAndThenUpdated(BoxedUpdate scenario) {
        EndedUpdate back = update(scenario, V2.behaving("report failed"));
        assertThat(back.report().outcome()).as(back.log()).isEqualTo(UpdateReport.Outcome.ROLLED_BACK);
        back.assertUnchanged().assertProven().assertGuardGone();
        scenario.agent().awaitRunning("v1");

        EndedUpdate forth = update(scenario, V3);
        assertThat(forth.report().outcome()).as(forth.log()).isEqualTo(UpdateReport.Outcome.UPDATED);
        assertThat(forth.differencesFromUpdated()).isEmpty();
        assertThat(forth.after().version()).isEqualTo("v3");
        forth.assertGuardGone();
        forth.assertStateIsClean();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmp", "tmp/latest", ".updater"})
    void update_whereTheUpdatersDirectoryIsAMountPoint_isRolledBackAndMade(String mounted, Bundles bundles) {
        BoxedUpdate scenario = install(bundles);
        String mode = mounted.startsWith(".") ? "700" : "755";
        inHome(scenario, "mkdir -p %1$s && mount -t tmpfs -o mode=%2$s,size=256M part %1$s".formatted(mounted, mode));
        try {
            assertRolledBackAndThenUpdated(scenario);
            assertThat(box().exec("mountpoint", "-q", scenario.agent().inHome(mounted))
                            .exit())
                    .isZero();
        } finally {
            inHome(scenario, "cd / && umount \"$1/" + mounted + "\"");
        }
    }

    @Test
    void update_ofADirectoryBehindALinkOfRoots_isRolledBackAndMadeThere(Bundles bundles) {
        BoxedUpdate scenario = install(bundles);
        inHome(scenario, "rm -rf %1$s && mv plugins %1$s && ln -s %1$s plugins".formatted(ELSEWHERE));
        String plugins = box().exec("ls", ELSEWHERE).ok();
        try {
            EndedUpdate back = update(scenario, V2.behaving("report failed"));
            assertThat(back.report().outcome()).as(back.log()).isEqualTo(UpdateReport.Outcome.ROLLED_BACK);
            back.assertUnchanged().assertGuardGone();
            assertThat(box().exec("ls", ELSEWHERE).ok()).isEqualTo(plugins);
            assertThat(box().exec("cat", ELSEWHERE + "/common.yaml").ok()).endsWith("v1");

            EndedUpdate forth = update(scenario, V3);
            assertThat(forth.report().outcome()).as(forth.log()).isEqualTo(UpdateReport.Outcome.UPDATED);
            assertThat(forth.after().version()).isEqualTo("v3");
            assertThat(box().exec("cat", ELSEWHERE + "/common.yaml").ok()).endsWith("v3");
            forth.assertGuardGone();

            Command.Result taken = scenario.updater("rollback");
            assertThat(taken.exit()).as(taken + scenario.updaterLog()).isZero();
            scenario.agent().awaitRunning("v1");
            assertThat(box().exec("cat", ELSEWHERE + "/common.yaml").ok()).endsWith("v1");
            assertThat(box().exec("ls", ELSEWHERE).ok())
                    .as(taken + forth.log() + scenario.updaterLog())
                    .isEqualTo(plugins);
            assertThat(box().exec("readlink", scenario.agent().inHome("plugins"))
                            .ok())
                    .isEqualTo(ELSEWHERE);
        } finally {
            box().exec("rm", "-rf", ELSEWHERE);
        }
    }

    /**
     * Configuration management or a watchdog, which finds the agent stopped and starts it by its script: what it reads are old
     * files, or half of them new ones. An old agent that is started before the updater has seen the end of it gives the update
     * up, as one that was started too late does.
     *
     * @param times how often in a row it is as fast as that
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void update_whileSomebodyElseStartsWhatIsStopped_endsAsItSays(int times, Bundles bundles) {
        BoxedUpdate scenario = install(bundles);

        startsWhatIsStopped(times);
        EndedUpdate forth = update(scenario, V2);
        String before = "v1";
        if (forth.report().outcome() == UpdateReport.Outcome.UPDATED) {
            assertThat(forth.differencesFromUpdated()).isEmpty();
            forth.assertGuardGone();
            forth.assertStateIsClean();
            before = "v2";
        } else {
            assertThat(forth.report().outcome()).as(forth.log()).isEqualTo(UpdateReport.Outcome.ROLLED_BACK);
            assertThat(forth.output()).contains("the agent has given this update up");
            forth.assertUnchanged().assertGuardGone();
        }
        scenario.agent().awaitRunning(before);

        startsWhatIsStopped(times);
        EndedUpdate back = update(scenario, V3.behaving("report failed"));
        assertThat(back.report().outcome()).as(back.log()).isEqualTo(UpdateReport.Outcome.ROLLED_BACK);
        back.assertUnchanged().assertGuardGone();
        scenario.agent().awaitRunning(before);
    }

    private void startsWhatIsStopped(int times) {
        box().exec("sh", "-c", """
                setsid sh -c 'for _ in $(seq "$2"); do
                        tail -s 0.01 --pid="$(cat "/run/${1##*/}.pid")" -f /dev/null
                        "$1" start
                    done' watchdog "$1" "$2" </dev/null >/dev/null 2>&1 &
                """, "start", init().definition(), Integer.toString(times))
                .ok();
    }

    /** What package managers and editors leave beside a script must not become a service of its own, nor take its place. */
    @Test
    void update_ofAScriptThatAnOperatorHasChanged_leavesItWithTheNewOneBeside(Bundles bundles) {
        BoxedUpdate scenario = install(bundles);
        String script = init().definition();
        for (String suffix : new String[] {".dpkg-old", ".new", "~"}) {
            box().exec("cp", "-p", script, script + suffix).ok();
        }
        assertMade(update(scenario, V2.scriptLine("# of v2")), "v2");
        assertThat(box().read(script)).contains("# of v2");
        box().exec("sh", "-c", "echo '# by an operator' >>\"$1\"", "edit", script)
                .ok();
        String operators = box().read(script);
        String links = HostState.of(box(), scenario.agent()).enablement();

        EndedUpdate ended = assertMade(update(scenario, V3.scriptLine("# of v3")), "v3");

        assertThat(box().read(script)).isEqualTo(operators);
        assertThat(box().read(script + ".new")).contains("# of v3");
        assertThat(ended.after().enablement()).isEqualTo(links);
        Box box = box();
        box.exec("sync").ok();
        box.cutPower();
        box.powerOn();
        Await.until(
                UPDATING,
                () -> "the boot starts the agent once: " + scenario.agent().agentLog(),
                () -> scenario.agent().runningVersion().equals("v3"));

        Command.Result taken = scenario.updater("rollback");
        assertThat(taken.exit()).as(taken + scenario.updaterLog()).isZero();
        scenario.agent().awaitRunning("v2");
        assertThat(box.read(script)).isEqualTo(operators);
        assertThat(box.read(script + ".new")).as("as it was").isEqualTo(box.read(script + ".dpkg-old"));
    }

    private EndedUpdate assertMade(EndedUpdate ended, String version) {
        assertThat(ended.exit()).as(ended.output()).isEqualTo(OptionalInt.of(0));
        assertThat(ended.after().version()).isEqualTo(version);
        ended.assertGuardGone();
        return ended;
    }
}
