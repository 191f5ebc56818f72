package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.testkit.TreeSnapshot;

/**
 * Broken hosts of a user without privileges, each understood by what {@code status} and {@code doctor} print, and mended by the
 * command that is printed there, or by the runbook's.
 */
final class BrokenUserHostsSystemTests extends OnUnprivilegedHost {
    private static final Duration SOON = Duration.ofSeconds(60);

    private Printed status() {
        return Printed.of(host.updater("status"));
    }

    private Printed doctor() {
        return Printed.of(host.updater("doctor"));
    }

    private Printed update(SampleAgent offered) {
        host.stage(offered);
        return Printed.of(host.updater());
    }

    private Printed type(String line) {
        return Printed.of(host.type(line));
    }

    private String launcher() {
        return host.home() + "/.updater/updater";
    }

    private void assertUpdatesAgain() {
        update(V2).says(0);
        host.awaitRunning("v2");
        doctor().says(0);
    }

    /** Updater and guard were killed in the middle: nobody finishes the update. */
    @Test
    void updateUnfinished() {
        host.install(V1.behaving("stop-takes-ms 2000"));
        TreeSnapshot before = host.tree();
        host.stage(V2);
        Process updater = host.startUpdater();
        host.awaitLogged("] stopping");
        updater.destroyForcibly().onExit().join();
        host.killGuard();

        Printed status = status().says(4, "an update is UNFINISHED", "the guard is not armed");
        doctor().says(0, "an update is unfinished", "ends it first", launcher() + " recover");
        assertThat(Runbook.of("update-unfinished")).contains("`updater recover`");

        type(status.command(launcher() + " recover")).says(1);
        host.awaitRunning("v1");
        assertThat(host.tree().changesSince(before)).isEmpty();
        status().says(1, "failed, rolled back, by a recovery");
        assertUpdatesAgain();
    }

    /** While the new version is watched, somebody takes a directory away from the updater, so that it cannot go back. */
    @Test
    void rollbackIncomplete() {
        assumeTrue(host.testedByRoot(), "root takes the directory away");
        Path plugins = host.home().resolve("plugins");
        host.install(V1);
        TreeSnapshot before = host.tree();
        host.stage(V2.behaving("report nothing"));
        Process updater = host.startUpdater();
        host.awaitRunning("v2");
        Command.run(SOON, "chown", "root", plugins.toString()).ok();
        updater.onExit().join();

        Printed status = status().says(4, "ROLLBACK INCOMPLETE", plugins.toString(), launcher() + " recover");
        Printed.of(host.updater("status", "--verbose")).says(4, plugins + "/common.yaml");
        assertThat(Runbook.of("Exit code 4")).contains("`updater status --verbose`", "then `updater recover`");

        Command.run(SOON, "chown", Integer.toString(host.user()), plugins.toString())
                .ok();
        type(status.command(launcher() + " recover")).says(1);
        host.awaitRunning("v1");
        assertThat(host.tree().changesSince(before)).isEmpty();
        assertUpdatesAgain();
    }

    /** Somebody has edited a file of the version as root. */
    @ParameterizedTest
    @ValueSource(strings = {"0644", "0600"})
    void fileOfRoot(String mode) {
        assumeTrue(host.testedByRoot(), "root takes the file away");
        host.install(V1);
        update(V2).says(0);
        String file = host.home().resolve("VERSION").toString();
        Command.run(SOON, "chown", "root", file).ok();
        Command.run(SOON, "chmod", mode, file).ok();
        SampleAgent next = UnprivilegedHost.agent("v3");
        Path bundle = host.pack(next);
        String cure = "chown " + host.user() + " " + file;

        Printed.of(host.updater("plan", bundle.toString(), "--version", "v3")).says(5, file, "not-writable", cure);
        update(next).says(5, file, "not-writable", cure);
        host.awaitRunning("v2");

        Command.run(SOON, "sh", "-c", cure).ok();
        update(next).says(0);
        host.awaitRunning("v3");
    }

    @Test
    void updatesHeldBack() {
        host.install(V1);
        update(V2).says(0);
        Printed.of(host.updater("hold", "--reason", "change freeze until Monday"))
                .says(0);

        Printed refused = update(UnprivilegedHost.agent("v3")).says(5, "change freeze until Monday", "held");
        status().says(5, "updates are HELD BACK", "change freeze until Monday", "unhold");
        doctor().says(5, "change freeze until Monday", "[held]");
        assertThat(Runbook.of("held")).contains("`updater unhold`");

        type(refused.command(launcher() + " unhold")).says(0);
        update(UnprivilegedHost.agent("v3")).says(0);
        host.awaitRunning("v3");
    }

    /** The same bundle fails each time, and is not tried any more. */
    @Test
    void bundleFailedThreeTimes() {
        host.install(V1);
        SampleAgent bad = V2.behaving("report failed");
        for (int i = 0; i < 3; i++) {
            update(bad).says(1);
        }

        Printed refused = update(bad).says(5, "has failed 3 times on this host", "failed-before");
        doctor().says(5, "[failed-before]");
        assertThat(Runbook.of("failed-before")).contains("`updater history`", "`updater retry`");

        type(refused.command(launcher() + " history")).says(0, "reported that its installation failed");
        type(refused.command(launcher() + " retry")).says(0);
        update(bad).says(1);
        assertUpdatesAgain();
    }

    /** The operator wants the version of last month back. */
    @Test
    void keptVersionExpired() throws Exception {
        host.install(V1);
        update(V2).says(0);
        status().says(0, "previous     version v1");
        Path kept = host.home().resolve(".updater/previous-version");
        Files.writeString(kept, Files.readString(kept).replaceFirst("(\"since\" ?: ?\")20[0-9]{2}-", "$12001-"));

        Printed refused = Printed.of(host.updater("rollback")).says(5, "no-previous-version");
        assertThat(status().text()).doesNotContain("previous     version v1");
        assertThat(Runbook.of("no-previous-version")).contains("`updater apply BUNDLE`");

        Path bundle = host.pack(V1);
        String apply = refused.command(launcher() + " apply BUNDLE").replace("BUNDLE", bundle.toString());
        type(apply + " --version v1").says(0);
        host.awaitRunning("v1");
        status().says(0, "from v2 to v1");
    }

    /** An operator had stopped the agent before the update came, and forgot. */
    @Test
    void agentStoppedByOperator() {
        host.install(V1);
        type("kill $(cat log/agent.pid)").says(0);
        host.awaitLogged("] stopping");
        Await.until(SOON, "the agent has ended", () -> host.processes().isEmpty());

        update(V2).says(0);

        status().says(0, "outcome      updated", "it was stopped before the update, and stays so");
        assertThat(Runbook.of("Exit code 0")).contains("start a stopped agent as it is always started");
        host.start();
        host.awaitRunning("v2");
        assertUpdatesAgain();
    }
}
