package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.state.document.UpdateReport.PhaseTime;

/** The core of what is tested under systemd, on a host whose agent is an init script. Subclasses say whose. */
@SystemTest
abstract class ScriptedUpdateTests extends OnScriptHost {
    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final String JOURNAL = InstalledAgent.STATE + "/journal";

    /** Part of what decides the boot order, so that it is registered anew. */
    private static final String CHANGED = "# chkconfig: 2345 81 19";

    /** Less than the 10 s that a silent agent gets, and more than any load makes of the 2 s for one that is gone. */
    private static final Duration AT_ONCE = Duration.ofSeconds(6);

    /** The guard looks every 15 s, and what it starts takes its time on a busy machine. */
    private static final Duration GUARDED = Duration.ofSeconds(60);

    ScriptedUpdateTests(ScriptHost init) {
        super(init);
    }

    private BoxedUpdate install(Bundles bundles, SampleAgent old) {
        return BoxedUpdate.install(box(), bundles, scratch, old);
    }

    @Test
    void doctor_saysOfEveryServiceManagerWhetherItRunsHereAndWhy(Bundles bundles) {
        BoxedUpdate scenario = install(bundles, V1);
        scenario.stage(bundles.packaged());
        scenario.writeStatus(BoxedUpdate.status(0), "rw-------");
        box().exec(
                        "sh",
                        "-c",
                        "rm -rf /srv/bundle && mkdir -p /srv && cp -a \"$1\" /srv/bundle && /srv/bundle/updater enroll",
                        "enroll",
                        scenario.agent().inHome("tmp/latest"))
                .ok();

        String out = scenario.updater("doctor").out();

        assertThat(out).containsPattern("service manager +" + init().updatersName() + "\n");
        assertThat(out).containsPattern("\\* " + init().updatersName() + " +runs +\\S");
        assertThat(out).containsPattern("  systemd +absent +/run/systemd/system does not exist");
        assertThat(out).containsPattern("  process +possible");
        assertThat(out).doesNotContain("would be refused");
    }

    @Test
    void update_toHealthyAgent_leavesTheNewVersionRunning(Bundles bundles) {
        install(bundles, V1).update(V2).assertUpdated("v2");
    }

    @Test
    void update_ofTheInitScript_replacesItInPlaceKeepsEveryLinkAndIsTakenBack(Bundles bundles) {
        BoxedUpdate scenario = install(bundles, V1);
        HostState before = HostState.of(box(), scenario.agent());
        String script = box().read(init().definition());

        scenario.update(V2.scriptLine(CHANGED)).assertUpdated("v2");

        assertThat(box().read(init().definition())).contains(CHANGED);

        Command.Result back = scenario.updater("rollback");

        assertThat(back.exit()).as(back + scenario.updaterLog()).isZero();
        scenario.agent().awaitRunning("v1");
        assertThat(box().read(init().definition())).isEqualTo(script);
        HostState after = HostState.of(box(), scenario.agent());
        assertThat(after.enablement()).isEqualTo(before.enablement());
        assertThat(after.home()
                        .ignoringDirectoryTimes()
                        .changesSince(before.home().ignoringDirectoryTimes()))
                .isEmpty();
        assertThat(init().guardTraces(box())).isEmpty();
    }

    /** What was kept of the old version cannot run any more. */
    @Test
    void rollback_toWhatDoesNotRunAnyMore_isRolledBackToTheNewVersion(Bundles bundles) {
        BoxedUpdate scenario = install(bundles, V1);
        scenario.update(V2.scriptLine(CHANGED)).assertUpdated("v2");
        HostState before = HostState.of(box(), scenario.agent());
        box().exec(
                        "sh",
                        "-c",
                        "printf '#!/bin/sh\nexit 7\n' >\"$1\"",
                        "spoil",
                        scenario.agent().inHome(".updater/previous/agent"))
                .ok();

        Command.Result back = scenario.updater("rollback");

        assertThat(back.exit()).as(back + scenario.updaterLog()).isEqualTo(1);
        assertStillNew(scenario, before);
    }

    /** The version that it goes back to says nothing, so that the updater watches it for a while. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rollback_cutShort_isFinishedByTheGuardOrTheBoot(boolean power, Bundles bundles) {
        BoxedUpdate scenario = install(bundles, V1.behaving("report nothing"));
        scenario.update(V2.scriptLine(CHANGED)).assertUpdated("v2");
        HostState before = HostState.of(box(), scenario.agent());
        Process rollback = box().start(Map.of(), scenario.agent().inHome("updater"), "rollback");
        Await.until(
                GUARDED,
                scenario::updaterLog,
                () -> scenario.updaterLog().matches("(?s).*\"go back\".*the new agent runs.*"));
        scenario.agent().awaitRunning("v1");

        if (power) {
            box().exec("sync").ok();
            Box box = box();
            box.cutPower();
            box.powerOn();
        } else {
            Box.programOf(rollback).destroyForcibly();
        }

        awaitOver(scenario);
        scenario.agent().awaitRunning("v2");
        assertStillNew(scenario, before);
    }

    private void assertStillNew(BoxedUpdate scenario, HostState before) {
        HostState after = HostState.of(box(), scenario.agent());
        assertThat(after.version()).as(scenario.updaterLog()).isEqualTo("v2");
        assertThat(after.home().changesSince(before.home())).isEmpty();
        assertThat(after.unit().changesSince(before.unit())).isEmpty();
        assertThat(after.enablement()).isEqualTo(before.enablement());
        assertThat(after.service().get("BootOrder")).isEqualTo(before.service().get("BootOrder"));
        assertThat(box().exists(JOURNAL)).isFalse();
        assertThat(init().guardTraces(box())).isEmpty();
    }

    @Test
    void update_ofTheInitScriptThatFails_bringsScriptLinksAndBootOrderBack(Bundles bundles) {
        install(bundles, V1)
                .update(V2.scriptLine(CHANGED).behaving("report failed"))
                .assertRolledBack("the new agent reported that its installation failed")
                .assertProven();
    }

    @Test
    void update_toAgentThatReportsNothing_endsAfterTheWindow(Bundles bundles) {
        EndedUpdate ended = install(bundles, V1)
                .update(V2.behaving("report nothing"))
                .assertRolledBack("the new agent did not prove healthy within 10000 ms")
                .assertProven();

        assertThat(watched(ended)).isGreaterThanOrEqualTo(Duration.ofSeconds(10));
    }

    /** Its script starts it and says that all is well. */
    @ParameterizedTest
    @ValueSource(strings = {"exit-at-start 7", "die-after-report-ms 100"})
    void update_toAgentThatDies_isNoticedAtOnce(String behaviour, Bundles bundles) {
        EndedUpdate ended = install(bundles, V1)
                .update(V2.behaving(behaviour))
                .assertRolledBack("the new agent's service " + SampleAgent.BINDPLANE + " failed")
                .assertProven();

        assertThat(watched(ended)).isLessThan(AT_ONCE);
    }

    /** The script gives up after 5 s, and nobody but the updater ends the agent then. */
    @Test
    void update_ofAgentThatIgnoresTerm_endsIt(Bundles bundles) {
        install(bundles, V1.behaving("ignore-term yes")).update(V2).assertUpdated("v2");
    }

    @Test
    void updater_killedWhileTheNewAgentRuns_isFinishedByTheGuard(Bundles bundles) {
        BoxedUpdate scenario = install(bundles, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2.scriptLine(CHANGED).behaving("report nothing"));
        HostState before = HostState.of(box(), scenario.agent());
        long updater = started(scenario, offer);

        box().exec("kill", "-9", Long.toString(updater)).ok();

        awaitOver(scenario);
        assertOld(scenario, offer, before);
    }

    /** The boot waits for the guard, which runs before the agent; the boot then starts the agent. */
    @Test
    void powerCut_whileTheNewAgentRuns_isRepairedAtBoot(Bundles bundles) {
        BoxedUpdate scenario = install(bundles, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2.scriptLine(CHANGED).behaving("report nothing"));
        HostState before = HostState.of(box(), scenario.agent());
        started(scenario, offer);
        box().exec("sync").ok();

        Box box = box();
        box.cutPower();
        box.powerOn();

        awaitOver(scenario);
        scenario.agent().awaitRunning("v1");
        assertOld(scenario, offer, before);
        assertThat(scenario.agent()
                        .agentLog()
                        .lines()
                        .filter(line -> line.contains(" v2[") && line.endsWith("starting")))
                .as("starts of v2: one by the updater, none by the boot")
                .hasSize(1);
    }

    /** In the middle of the change, when home is neither old nor new. */
    @Test
    void powerCut_whileFilesArePlaced_isRepairedAtBoot(Bundles bundles) {
        BoxedUpdate scenario = install(bundles, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2);
        HostState before = HostState.of(box(), scenario.agent());
        scenario.start("v2", scenario.bundle(offer));
        Await.until(GUARDED, scenario::updaterLog, () -> scenario.updaterLog().contains("request stop"));
        box().exec("sync").ok();

        Box box = box();
        box.cutPower();
        box.powerOn();

        awaitOver(scenario);
        Await.until(
                GUARDED,
                scenario::updaterLog,
                () -> !scenario.agent().runningVersion().isEmpty());
        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        if (!ended.differencesFromUpdated().isEmpty()) {
            assertOld(scenario, offer, before);
        }
        ended.assertGuardGone();
    }

    @TestFactory
    Stream<DynamicTest> update_ofHomeThatWasPrepared_isRefusedOrHarmless(Bundles bundles) {
        assumeTrue(LinkProtection.canBeTakenAway(), "the kernel's protection of links cannot be taken away here");
        return ScriptedAttacks.drawn(init()).stream()
                .map(attack -> DynamicTest.dynamicTest(attack.name(), () -> {
                    BoxedUpdate scenario =
                            BoxedUpdate.install(box(), bundles, Files.createTempDirectory(scratch, "attack"), V1);
                    ScriptedAttacks.prepare(scenario.agent().home(), "v1");
                    BoxedUpdate.Offer offer = scenario.offer(
                            attack.expected().exits().getFirst() == AttackedHost.ROLLED_BACK
                                    ? V2.behaving("report failed")
                                    : V2);
                    ScriptedAttacks.prepare(offer.tree(), "v2");
                    new ScriptedAttacks(scenario, init()).assertRefusedOrHarmless(attack, scenario.bundle(offer));
                }));
    }

    private void awaitOver(BoxedUpdate scenario) {
        Await.until(
                GUARDED,
                () -> "nothing is left of the guard, " + init().guardTraces(box()) + ":\n" + scenario.updaterLog()
                        + box().console(),
                () -> !box().exists(JOURNAL) && init().guardTraces(box()).isEmpty());
    }

    private long started(BoxedUpdate scenario, BoxedUpdate.Offer offer) {
        long updater = scenario.start(offer.agent().version(), scenario.bundle(offer));
        Await.until(GUARDED, scenario::updaterLog, () -> scenario.updaterLog().contains("the new agent runs"));
        return updater;
    }

    private void assertOld(BoxedUpdate scenario, BoxedUpdate.Offer offer, HostState before) {
        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        ended.assertUnchanged();
        ended.assertGuardGone();
        ended.assertStateIsClean();
        assertThat(ended.after().version()).isEqualTo("v1");
        assertThat(ended.after().status()).containsPattern("\"status\" ?: ?3");
    }

    private static Duration watched(EndedUpdate ended) {
        return ended.report().times().phases().stream()
                .filter(phase -> phase.name().equals("health check"))
                .map(PhaseTime::took)
                .findFirst()
                .orElseThrow();
    }
}
