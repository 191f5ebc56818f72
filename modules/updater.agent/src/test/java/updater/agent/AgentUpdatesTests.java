package updater.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static updater.agent.AgentHome.ALL;
import static updater.agent.AgentHome.awaitFile;
import static updater.agent.AgentHome.offer;
import static updater.agent.AgentHome.offered;
import static updater.agent.AgentHome.signed;
import static updater.agent.FileServer.status;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import updater.agent.AgentHome.Told;
import updater.agent.schedule.Ticker;

/** An agent's half of an update, with a real server, real files and an updater that is a shell script. */
final class AgentUpdatesTests extends AtHome {
    private AgentUpdates agent(String version, HandOver handOver) {
        return host.agent(version, handOver);
    }

    private FileServer server(byte[] bundle) throws IOException {
        return host.server(bundle);
    }

    private Told await(InstallStatus status) throws InterruptedException {
        return host.await(status);
    }

    @Test
    void started_forTheFirstTime_saysWhatRuns() throws Exception {
        PackageStatuses first = agent("v1", HandOver.LAUNCH).started();

        assertThat(first.packages().get("agent")).isEqualTo(PackageStatus.installed("agent", "v1"));
        assertThat(host.file()).contains("\"agent_version\":\"v1\"", "\"status\":0");
    }

    @Test
    void offer_isDownloadedUnpackedAndLaunched_andTheNewVersionSaysInstalled() throws Exception {
        byte[] bundle = TestBundle.withUpdater("cp -r tmp/latest/plugins seen; exec sleep 1000\n");
        FileServer server = server(bundle);
        AgentUpdates old = agent("v1", HandOver.LAUNCH);
        old.started();

        old.offer(offer(offered(server, "v2", bundle)));

        assertThat(await(InstallStatus.INSTALL_PENDING).own().offered().version())
                .isEqualTo("v2");
        await(InstallStatus.DOWNLOADING);
        Told installing = await(InstallStatus.INSTALLING);
        assertThat(installing.statuses().allPackagesHash()).isEqualTo(ALL);
        assertThat(installing.own().agent().version()).isEqualTo("v1");
        awaitFile(home.resolve("seen/a.yaml"));
        // What follows is the updater's: it stops this agent, and starts the next one.
        old.close();
        ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").equals("sleep 1000"))
                .filter(process -> process.parent()
                        .map(ProcessHandle::pid)
                        .equals(Optional.of(ProcessHandle.current().pid())))
                .forEach(ProcessHandle::destroyForcibly);

        PackageStatus own = agent("v2", HandOver.LAUNCH).started().packages().get("agent");

        assertThat(own.status()).isEqualTo(InstallStatus.INSTALLED);
        assertThat(own.agent().version()).isEqualTo("v2");
        assertThat(own.agent().hash()).isEqualTo(TestBundle.sha256(bundle));
        assertThat(host.file()).contains("\"status\":0", "\"agent_version\":\"v2\"");
        assertThat(home.resolve("tmp/latest")).doesNotExist();
        assertThat(home.resolve("tmp/download")).doesNotExist();
    }

    @Test
    void updater_thatRefuses_isReportedAtOnceWithItsReason() throws Exception {
        byte[] bundle = TestBundle.withUpdater("echo 'updater: no space left' >&2; exit 5\n");
        FileServer server = server(bundle);
        AgentUpdates updates = agent("v1", HandOver.LAUNCH);
        updates.started();

        updates.offer(offer(offered(server, "v2", bundle)));

        Told failed = await(InstallStatus.INSTALL_FAILED);
        assertThat(failed.own().errorMessage()).isEqualTo("no space left (exit 5)");
        assertThat(failed.statuses().allPackagesHash()).isEqualTo(ALL);
        assertThat(failed.own().agent().version()).isEqualTo("v1");
        assertThat(failed.own().offered().hash()).isEqualTo(TestBundle.sha256(bundle));
        assertThat(home.resolve("tmp/latest")).doesNotExist();
    }

    @Test
    void failure_isRemovedOnceItIsReported_andTheHashOfTheOfferStays() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 1\n");
        FileServer server = server(bundle);
        server.next(status(404));
        AgentUpdates updates = agent("v1", HandOver.LAUNCH);
        updates.started();
        updates.offer(offer(offered(server, "v2", bundle)));
        PackageStatuses failed = await(InstallStatus.INSTALL_FAILED).statuses();
        updates.close();

        AgentUpdates again = agent("v1", HandOver.LAUNCH);
        PackageStatuses first = again.started();
        assertThat(first).isEqualTo(failed);
        again.reported(first);

        PackageStatuses last = agent("v1", HandOver.LAUNCH).started();
        assertThat(last.packages().get("agent").status()).isEqualTo(InstallStatus.INSTALLED);
        assertThat(last.packages().get("agent").agent().version()).isEqualTo("v1");
        assertThat(last.allPackagesHash()).isEqualTo(ALL);
    }

    @Test
    void offer_thatCannotBeDownloaded_fails_andIsTriedLaterWhenItComesAgain() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 1\n");
        FileServer server = server(bundle);
        server.next(status(403));
        AgentUpdates updates = agent("v1", HandOver.LAUNCH);
        updates.started();
        updates.offer(offer(offered(server, "v2", bundle)));
        assertThat(await(InstallStatus.INSTALL_FAILED).own().errorMessage()).contains("answers 403");

        updates.offer(offer(offered(server, "v2", bundle)));

        await(InstallStatus.INSTALLING);
        assertThat(host.ticker.pauses()).hasSize(1);
        assertThat(host.ticker.pauses().get(0)).isBetween(Duration.ZERO, Duration.ofMinutes(1));
    }

    @Test
    void newerOffer_replacesADownload_andTheOlderOneIsNotInstalled() throws Exception {
        byte[] second = TestBundle.withUpdater("echo second >which; exit 1\n");
        byte[] third = TestBundle.withUpdater("echo third >which; exit 1\n");
        FileServer server = server(second);
        server.next(server.stallAfter(100));
        AgentUpdates updates = agent("v1", HandOver.LAUNCH);
        updates.started();
        updates.offer(offer(offered(server, "v2", second)));
        await(InstallStatus.DOWNLOADING);

        server.serve(third, "\"third\"");
        updates.offer(offer(offered(server, "v3", third)));

        Told failed = await(InstallStatus.INSTALL_FAILED);
        assertThat(failed.own().offered().version()).isEqualTo("v3");
        assertThat(home.resolve("which")).hasContent("third");
        assertThat(host.told.stream().filter(next -> next.own().status() == InstallStatus.INSTALL_FAILED))
                .isEmpty();
    }

    @Test
    void offer_whileTheUpdaterIsAtWork_isNotTakenUp() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exec sleep 1000\n");
        FileServer server = server(bundle);
        AgentUpdates updates = host.agent("v1", HandOver.REQUEST, Ticker.system());
        updates.started();
        OfferedPackage signed = signed(server, "v2", bundle, Hash.ofHex("00"));
        updates.offer(new Offer(List.of(signed), ALL));
        await(InstallStatus.INSTALLING);

        updates.offer(new Offer(List.of(signed), ALL));
        updates.offer(new Offer(List.of(offered(server, "v3", bundle)), Hash.ofHex("b22b")));

        Told busy = host.await(next -> !next.statuses().errorMessage().isEmpty());
        assertThat(busy.statuses().errorMessage()).isEqualTo("Already installing new packages");
        assertThat(busy.statuses().allPackagesHash()).isEqualTo(ALL);
        assertThat(busy.own().offered().version()).isEqualTo("v2");
    }

    @Test
    void request_isLeftWhole_andTheAnswerIsTold() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 0\n");
        FileServer server = server(bundle);
        AgentUpdates updates = host.agent("v1", HandOver.REQUEST, Ticker.system());
        updates.started();
        byte[] statement = "statement".getBytes(StandardCharsets.US_ASCII);
        Path request = home.resolve("tmp/offer/request.json");

        updates.offer(offer(signed(server, "v2", bundle, Hash.of(statement))));
        await(InstallStatus.INSTALLING);
        awaitFile(request);

        assertThat(Files.readString(request))
                .isEqualTo("{\"bundle\":\"bundle.tar.gz\",\"release\":\"bundle.tar.gz.release\",\"version\":\"v2\"}");
        assertThat(home.resolve("tmp/offer/bundle.tar.gz")).hasBinaryContent(bundle);
        assertThat(home.resolve("tmp/offer/bundle.tar.gz.release")).hasBinaryContent(statement);
        // As root's updater answers.
        Files.writeString(
                home.resolve("package_statuses.json"),
                host.file()
                        .replace("\"status\":2", "\"status\":3")
                        .replace("\"error_message\":\"\"}", "\"error_message\":\"the signature\"}"));
        Told failed = await(InstallStatus.INSTALL_FAILED);
        assertThat(failed.own().errorMessage()).isEqualTo("the signature");
        assertThat(home.resolve("tmp/offer")).doesNotExist();
    }

    @Test
    void request_thatNobodyTakes_isWithdrawn() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 0\n");
        FileServer server = server(bundle);
        AgentUpdates updates = agent("v1", HandOver.REQUEST);
        updates.started();

        updates.offer(offer(signed(server, "v2", bundle, Hash.ofHex("00"))));

        assertThat(await(InstallStatus.INSTALL_FAILED).own().errorMessage())
                .contains("no updater has taken the request within 2 minutes")
                .contains("updater enroll");
        assertThat(home.resolve("tmp/offer")).doesNotExist();
    }

    @Test
    void request_withoutAStatement_isRefusedBeforeTheDownload() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 0\n");
        FileServer server = server(bundle);
        AgentUpdates updates = agent("v1", HandOver.REQUEST);
        updates.started();

        updates.offer(offer(offered(server, "v2", bundle)));

        assertThat(await(InstallStatus.INSTALL_FAILED).own().errorMessage()).contains("no signed release statement");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void otherPackages_failEach_andOursIsInstalled() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 1\n");
        FileServer server = server(bundle);
        AgentUpdates updates = agent("v1", HandOver.LAUNCH);
        updates.started();

        updates.offer(
                offer(OfferedPackage.of("addon", "v9", server.uri(), Hash.ofHex("09")), offered(server, "v2", bundle)));

        Told pending = await(InstallStatus.INSTALL_PENDING);
        PackageStatus addon = pending.statuses().packages().get("addon");
        assertThat(addon.status()).isEqualTo(InstallStatus.INSTALL_FAILED);
        assertThat(addon.agent().version()).isEmpty();
        assertThat(addon.errorMessage()).contains("no package of that name");
    }

    @Test
    void sameVersionWithAnotherHash_isAnotherPackage() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 1\n");
        FileServer server = server(bundle);
        AgentUpdates updates = agent("v1", HandOver.LAUNCH);
        updates.started();

        updates.offer(offer(offered(server, "v1", bundle)));

        assertThat(await(InstallStatus.INSTALLING).own().offered().version()).isEqualTo("v1");
    }

    @Test
    void downgrade_isTheAgentsOwnDecision() throws Exception {
        FileServer server = server(new byte[1]);
        AgentUpdates updates = AgentUpdates.builder(home, "agent", "v2")
                .listener(host::tell)
                .policy((offered, running) -> offered.version().compareTo(running) < 0
                        ? Optional.of("older than " + running)
                        : Optional.empty())
                .build();
        host.open(updates);
        updates.started();

        updates.offer(offer(offered(server, "v1", new byte[1])));

        Told failed = await(InstallStatus.INSTALL_FAILED);
        assertThat(failed.own().errorMessage()).isEqualTo("older than v2");
        assertThat(failed.statuses().allPackagesHash()).isEqualTo(ALL);
    }

    @Test
    void started_inTheMiddleOfADownload_goesOnWithIt() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 1\n");
        FileServer server = server(bundle);
        server.next(server.stallAfter(100));
        AgentUpdates first = agent("v1", HandOver.LAUNCH);
        first.started();
        first.offer(offer(offered(server, "v2", bundle)));
        host.await(next -> next.own().progress().map(now -> now.bytes() >= 100).orElse(false));
        first.close();
        host.told.clear();

        AgentUpdates second = agent("v1", HandOver.LAUNCH);
        assertThat(second.started().packages().get("agent").status()).isEqualTo(InstallStatus.INSTALL_PENDING);

        await(InstallStatus.INSTALLING);
        assertThat(server.requests.get(1).header("Range")).isEqualTo("bytes=100-");
    }

    @Test
    void started_withADownloadThatNobodyKnows_isOfferedAgain() throws Exception {
        Files.writeString(home.resolve("package_statuses.json"), """
                {"all_packages_hash":"YWxs","all_error_message":"","package_states":{"agent":{"name":"agent",\
                "agent_version":"v1","agent_hash":null,"server_version":"v2","server_hash":"bmV3","status":1,\
                "error_message":""}}}""");

        PackageStatuses first = agent("v1", HandOver.LAUNCH).started();

        assertThat(first.packages().get("agent").status()).isEqualTo(InstallStatus.INSTALL_FAILED);
        assertThat(first.allPackagesHash()).isEqualTo(Hash.NONE);
    }

    /** An agent that is not updating costs its host nothing. */
    @Test
    void idle_hasNoThreads() throws Exception {
        AgentUpdates updates = agent("v1", HandOver.LAUNCH);
        updates.started();

        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("agent-updates"));
    }

    @Test
    void spread_delaysTheDownload() throws Exception {
        byte[] bundle = TestBundle.withUpdater("exit 1\n");
        FileServer server = server(bundle);
        AgentUpdates updates = agent("v1", HandOver.LAUNCH);
        updates.started();
        OfferedPackage plain = offered(server, "v2", bundle);

        updates.offer(offer(new OfferedPackage(
                "agent",
                "v2",
                plain.hash(),
                plain.file(),
                plain.contentHash(),
                Hash.NONE,
                List.of(new OfferedPackage.Header("Update-Spread", "600"), new OfferedPackage.Header("X", "y")))));

        await(InstallStatus.INSTALLING);
        assertThat(host.ticker.pauses()).hasSize(1);
        assertThat(host.ticker.pauses().get(0)).isBetween(Duration.ZERO, Duration.ofSeconds(600));
        assertThat(server.requests.get(0).header("Update-Spread")).isNull();
        assertThat(server.requests.get(0).header("X")).isEqualTo("y");
    }
}
