package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An agent that is root, but whose unit keeps it and what it starts in a sandbox, in which an updater could not work, or not even a
 * virtual machine start. The launcher has systemd run the update outside of it.
 */
@SystemTest
final class SandboxedUpdateSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String STRICT = "ProtectSystem=strict; ReadWritePaths=" + InstalledAgent.HOME;
    private static final String DROP_IN = "/etc/systemd/system/" + InstalledAgent.UNIT + ".d/shape.conf";
    private static final int SAMPLE = 8;

    /** Settings that systemd knows, alone and together, in which an updater could not work or need not know. */
    private static final List<String> SHAPES = List.of(
            STRICT,
            "ProtectSystem=full",
            "ReadOnlyPaths=/usr/lib/systemd",
            "InaccessiblePaths=/var/lib",
            "TemporaryFileSystem=/var/lib",
            "NoExecPaths=/var",
            "NoNewPrivileges=yes",
            "MemoryDenyWriteExecute=yes",
            "SystemCallFilter=@system-service",
            "SystemCallFilter=~@mount @privileged; SystemCallArchitectures=native",
            "LimitAS=700M",
            "LimitDATA=50M",
            "LimitFSIZE=100M",
            "LimitNOFILE=64",
            "LimitCPU=600",
            "LimitNPROC=64",
            "LimitSTACK=256K",
            "PrivateTmp=yes",
            "PrivateDevices=yes",
            "PrivateNetwork=yes; PrivateIPC=yes",
            "PrivateUsers=yes",
            "PrivateMounts=yes",
            "ProtectHome=yes",
            "ProtectProc=invisible",
            "ProcSubset=pid",
            "ProtectKernelTunables=yes; ProtectControlGroups=yes",
            "ProtectKernelModules=yes; ProtectClock=yes; ProtectHostname=yes",
            "RestrictNamespaces=yes; RestrictSUIDSGID=yes; RestrictRealtime=yes; LockPersonality=yes",
            "RestrictAddressFamilies=AF_UNIX",
            "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL",
            "SecureBits=noroot noroot-locked; AmbientCapabilities=CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER",
            "UMask=0077; Nice=19; OOMScoreAdjust=900",
            STRICT + "; NoNewPrivileges=yes; PrivateTmp=yes; ProtectHome=yes",
            STRICT + "; MemoryDenyWriteExecute=yes; SystemCallFilter=@system-service; LimitAS=700M; PrivateTmp=yes",
            STRICT + "; PrivateUsers=yes; PrivateDevices=yes; ProtectProc=invisible; RestrictNamespaces=yes;"
                    + " NoNewPrivileges=yes; LimitFSIZE=100M; LimitNOFILE=64");

    @TempDir
    static Path scratch;

    private static @Nullable BoxedUpdate installed;
    private static int updated;
    private static int rolledBack;

    private static Stream<String> shapes() {
        List<String> drawn = new ArrayList<>(SHAPES);
        if (!SweepSample.FULL) {
            Collections.shuffle(drawn, SweepSeed.random("shapes"));
            return drawn.stream().limit(SAMPLE);
        }
        return drawn.stream();
    }

    @AfterAll
    static void print() {
        System.out.println(
                "sandboxes: " + updated + " updates and " + rolledBack + " rollbacks in shapes of " + SHAPES.size());
    }

    /** Whether it succeeds or fails is drawn as well; a long run does both. */
    @ParameterizedTest
    @MethodSource("shapes")
    void update_agentInASandbox_isMadeOutsideOfIt(String shape, Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = agent(box, bundles);
        installed = null;
        restart(box, scenario, shape);
        boolean succeeds = SweepSeed.random(shape).nextBoolean();

        if (succeeds || SweepSample.FULL) {
            SampleAgent next = scenario.agent().runningVersion().equals("v1") ? V2 : V1;
            EndedUpdate ended = update(scenario, next);
            ended.assertUpdated(next.version(), shape.contains("UMask=0077") ? 0077 : 0)
                    .assertNothingLeft();
            updated++;
        }
        if (!succeeds || SweepSample.FULL) {
            // Another bundle each time: one that failed three times on a host is refused there.
            SampleAgent bad =
                    SampleAgent.bindplane("v3").behaving("report failed").behaving("say shape-" + rolledBack);
            EndedUpdate ended = update(scenario, bad);
            ended.assertRolledBack("the new agent reported").assertProven().assertNothingLeft();
            rolledBack++;
        }
        installed = scenario;
    }

    /** The one of the shape before, if all went well with it. */
    private static BoxedUpdate agent(Box box, Bundles bundles) throws IOException {
        BoxedUpdate there = installed;
        return there != null && there.box() == box
                ? there
                : BoxedUpdate.install(box, bundles, Files.createTempDirectory(scratch, "update"), V1);
    }

    private static void restart(Box box, BoxedUpdate scenario, String shape) {
        String version = scenario.agent().read("VERSION").strip();
        box.write(DROP_IN, "[Service]\n" + shape.replace("; ", "\n") + "\n", "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("restart", InstalledAgent.UNIT);
        scenario.agent().awaitRunning(version);
    }

    /** From in there nobody can be asked: that is said at once, and the agent runs on. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "RestrictAddressFamilies=AF_INET AF_INET6",
                "InaccessiblePaths=/run/systemd/private /run/dbus",
                "SystemCallFilter=~@network-io",
                "UMask=0777"
            })
    void update_thatCannotBeMade_isRefusedNamingTheSetting(String setting, Box box, Bundles bundles)
            throws IOException {
        BoxedUpdate scenario = agent(box, bundles);
        installed = null;
        restart(box, scenario, setting);

        EndedUpdate ended = update(scenario, V2);

        ended.assertRefused(setting.split("=", -1)[0]);
        assertThat(ended.after().mainPid()).isEqualTo(ended.before().mainPid());
        assertThat(box.exists(InstalledAgent.STATE + "/journal")).isFalse();
        box.exec("rm", "-rf", scenario.agent().inHome("tmp")).ok();
        installed = scenario;
    }

    @Test
    void update_launcherIsKilledBeforeTheStop_isGivenUpAndTheAgentRunsOn(Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = fresh(box, bundles, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2);
        HostState before = HostState.of(box, scenario.agent());

        long launcher = scenario.start("v2", scenario.bundle(offer));
        Await.until(LIMIT, "the service has begun to copy its runtime", () -> copies(box));
        box.exec("kill", "-KILL", Long.toString(launcher)).ok();
        awaitService(box);

        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        ended.assertRefused("was ended before the agent was to be stopped");
        assertThat(ended.after().version()).isEqualTo("v1");
        assertThat(ended.after().mainPid()).isEqualTo(before.mainPid());
    }

    /** The agent takes its time to stop; by then nobody needs the launcher any more. */
    @ParameterizedTest
    @ValueSource(strings = {"report installed", "report failed"})
    void update_launcherIsKilledAfterTheStopWasRequested_comesToItsEnd(String behaviour, Box box, Bundles bundles)
            throws IOException {
        BoxedUpdate scenario = fresh(box, bundles, V1.behaving("stop-takes-ms 3000"));
        SampleAgent next = V2.behaving("stop-takes-ms 3000").behaving(behaviour);
        BoxedUpdate.Offer offer = scenario.offer(next);
        HostState before = HostState.of(box, scenario.agent());

        int restarted = scenario.agent().agentLog().length();
        long launcher = scenario.start("v2", scenario.bundle(offer));
        Await.until(
                LIMIT,
                "the agent is stopping",
                () -> scenario.agent().agentLog().substring(restarted).contains("stopping"));
        box.exec("kill", "-KILL", Long.toString(launcher)).ok();
        awaitService(box);

        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        if (behaviour.equals("report installed")) {
            ended.assertUpdated("v2").assertNothingLeft();
        } else {
            ended.assertRolledBack("the new agent reported").assertProven().assertNothingLeft();
        }
    }

    private static BoxedUpdate fresh(Box box, Bundles bundles, SampleAgent old) throws IOException {
        installed = null;
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, Files.createTempDirectory(scratch, "update"), old);
        restart(box, scenario, STRICT);
        return scenario;
    }

    private static boolean copies(Box box) {
        Path state = box.live(InstalledAgent.STATE);
        if (!Files.isDirectory(state)) {
            return false;
        }
        try (Stream<Path> names = Files.list(state)) {
            return names.anyMatch(name -> name.getFileName().toString().startsWith("runtime-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The launcher that the agent started is ended along with it, and the update goes on. */
    private static EndedUpdate update(BoxedUpdate scenario, SampleAgent offered) {
        BoxedUpdate.Offer offer = scenario.offer(offered);
        HostState before = HostState.of(scenario.box(), scenario.agent());
        long launcher = scenario.start(offered.version(), scenario.bundle(offer));
        scenario.awaitEnd(launcher);
        awaitService(scenario.box());
        return scenario.ended(offer, before, OptionalInt.empty());
    }

    private static void awaitService(Box box) {
        Await.until(
                LIMIT,
                () -> "the service of the update ends: " + services(box),
                () -> services(box).isBlank());
    }

    private static String services(Box box) {
        return box.exec("systemctl", "list-units", "--plain", "--no-legend", "run-*.service")
                .ok();
    }
}
