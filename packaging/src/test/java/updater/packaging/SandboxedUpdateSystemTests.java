package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
    private static final String STRICT = "ProtectSystem=strict";

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(
            strings = {
                STRICT,
                "ProtectSystem=full",
                "ReadOnlyPaths=/usr/lib/systemd",
                "NoNewPrivileges=yes",
                "MemoryDenyWriteExecute=yes",
                "SystemCallFilter=@system-service",
                "LimitAS=700M",
                "PrivateTmp=yes",
                "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL"
            })
    void update_agentInASandbox_isMadeOutsideOfIt(String setting, Box box, Bundles bundles) throws IOException {
        for (SampleAgent next : new SampleAgent[] {V2, V2.behaving("report failed")}) {
            Path files = Files.createTempDirectory(scratch, "update");
            BoxedUpdate scenario = BoxedUpdate.install(box, bundles, files, boxed(V1, setting));

            EndedUpdate ended = update(scenario, boxed(next, setting));

            if (next == V2) {
                ended.assertUpdated("v2");
            } else {
                ended.assertRolledBack("the new agent reported").assertProven();
            }
            ended.assertNothingLeft();
        }
    }

    @Test
    void update_everySettingAtOnce_isMadeOutside(Box box, Bundles bundles) {
        SampleAgent all = V1;
        SampleAgent next = V2;
        for (String setting : new String[] {
            STRICT,
            "NoNewPrivileges=yes",
            "MemoryDenyWriteExecute=yes",
            "SystemCallFilter=@system-service",
            "LimitAS=700M",
            "PrivateTmp=yes"
        }) {
            all = boxed(all, setting);
            next = boxed(next, setting);
        }

        update(BoxedUpdate.install(box, bundles, scratch, all), next).assertUpdated("v2");
    }

    /** From in there nobody can be asked: that is said at once, and the agent runs on. */
    @ParameterizedTest
    @ValueSource(
            strings = {"RestrictAddressFamilies=AF_INET AF_INET6", "InaccessiblePaths=/run/systemd/private /run/dbus"})
    void update_systemdCannotBeAsked_isRefusedNamingTheSetting(String setting, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1.unitLine(setting));

        EndedUpdate ended = scenario.update(V2);

        ended.assertRefused(setting);
        assertThat(ended.after().version()).isEqualTo("v1");
        assertThat(ended.after().mainPid()).isEqualTo(ended.before().mainPid());
        assertThat(box.exists(InstalledAgent.STATE + "/journal")).isFalse();
    }

    @Test
    void update_launcherIsKilledBeforeTheStop_isGivenUpAndTheAgentRunsOn(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, boxed(V1, STRICT));
        BoxedUpdate.Offer offer = scenario.offer(boxed(V2, STRICT));
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

    private static SampleAgent boxed(SampleAgent agent, String setting) {
        SampleAgent limited = agent.unitLine(setting);
        return setting.equals(STRICT) ? limited.unitLine("ReadWritePaths=" + InstalledAgent.HOME) : limited;
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
