package updater.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static updater.agent.AgentHome.awaitFile;
import static updater.agent.AgentHome.offer;
import static updater.agent.AgentHome.signed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import updater.agent.schedule.Ticker;

/** An agent that is started again while an update of it is made. */
final class RestartTests extends AtHome {
    private static final byte[] BUNDLE = "bundle".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final Hash STATEMENT = Hash.ofHex("5167");

    private Path request() {
        return host.at("tmp/offer/request.json");
    }

    /** The agent has left its request, and was killed. */
    private void requested() throws Exception {
        AgentUpdates first = host.agent("v1", HandOver.REQUEST, Ticker.system());
        first.started();
        first.offer(offer(signed(host.server(BUNDLE), "v2", BUNDLE, STATEMENT)));
        awaitFile(request());
        first.close();
        host.told.clear();
    }

    private PackageStatus started(String version, HandOver handOver, Ticker clock) throws IOException {
        return host.agent(version, handOver, clock).started().packages().get("agent");
    }

    private void report(String reason) throws IOException {
        Files.writeString(
                Files.createDirectories(host.at("log")).resolve("updater-report.json"),
                "{\"reason\":\"" + reason + "\",\"to_version\":\"v2\",\"finished_at\":\""
                        + Instant.now().plusSeconds(5) + "\"}");
    }

    @Test
    void started_againAndAgain_whileTheUpdaterIsAtWork_saysNoFailure_andTellsItsAnswer() throws Exception {
        requested();
        Files.delete(request());
        String before = host.file();

        for (int i = 0; i < 3; i++) {
            AgentUpdates again = host.agent("v1", HandOver.REQUEST, Ticker.system());
            assertThat(again.started().packages().get("agent").status()).isEqualTo(InstallStatus.INSTALLING);
            again.close();
        }
        AgentUpdates last = host.agent("v1", HandOver.REQUEST, Ticker.system());
        last.started();

        assertThat(host.file()).isEqualTo(before);
        assertThat(host.at("tmp/offer/bundle.tar.gz")).hasBinaryContent(BUNDLE);
        assertThat(host.told).isEmpty();
        host.write(before.replace("\"status\":2", "\"status\":3")
                .replace("\"error_message\":\"\"}", "\"error_message\":\"no space\"}"));
        PackageStatuses failed = host.await(InstallStatus.INSTALL_FAILED).statuses();
        assertThat(failed.packages().get("agent").errorMessage()).isEqualTo("no space");
        last.reported(failed);
        assertThat(host.file()).contains("\"status\":0");
    }

    @Test
    void started_asTheNewVersion_afterRestartsOfTheOldOne_isInstalled() throws Exception {
        requested();
        host.agent("v1", HandOver.REQUEST, Ticker.system()).started();

        PackageStatus own = started("v2", HandOver.REQUEST, Ticker.system());

        assertThat(own.status()).isEqualTo(InstallStatus.INSTALLED);
        assertThat(own.agent().hash()).isEqualTo(Hash.ofHex("02"));
    }

    /** Installing was written, and nothing more of the hand-over done. */
    @Test
    void started_beforeTheRequestWasLeft_leavesIt() throws Exception {
        requested();
        Files.move(request(), host.at("tmp/offer/request.json.next"));
        Files.delete(host.at("tmp/offer/bundle.tar.gz.release"));
        Files.move(
                host.at("tmp/offer/bundle.tar.gz"),
                host.at("tmp/download/" + TestBundle.sha256(BUNDLE).hex() + ".part"));

        assertThat(started("v1", HandOver.REQUEST, Ticker.system()).status()).isEqualTo(InstallStatus.INSTALLING);

        awaitFile(request());
        assertThat(host.at("tmp/offer/bundle.tar.gz")).hasBinaryContent(BUNDLE);
        assertThat(host.at("tmp/offer/bundle.tar.gz.release")).hasBinaryContent(STATEMENT.bytes());
        assertThat(host.at("tmp/offer/request.json.next")).doesNotExist();
    }

    /** Its recovery writes a report, and no answer. */
    @Test
    void updater_thatDied_isToldWithTheReasonOfItsReport() throws Exception {
        requested();
        Files.delete(request());
        report("the updater was killed");

        started("v1", HandOver.REQUEST, host.ticker);

        assertThat(host.await(InstallStatus.INSTALL_FAILED).own().errorMessage())
                .isEqualTo("the updater was killed");
        assertThat(host.at("tmp/offer")).doesNotExist();
    }

    /** What others do while the request waits is not its answer. */
    @Test
    void report_whileTheRequestWaits_isNoAnswer() throws Exception {
        requested();
        report("another update");

        started("v1", HandOver.REQUEST, host.ticker);

        assertThat(host.await(InstallStatus.INSTALL_FAILED).own().errorMessage())
                .contains("no updater has taken the request");
    }

    /** Restarts do not make the wait longer. */
    @Test
    void patience_isCountedFromTheHandOver() throws Exception {
        requested();
        Files.delete(request());
        Files.setLastModifiedTime(
                host.at("package_statuses.json"), FileTime.from(Instant.now().minusSeconds(119)));

        started("v1", HandOver.REQUEST, host.ticker);

        assertThat(host.await(InstallStatus.INSTALL_FAILED).own().errorMessage())
                .contains("neither stopped the agent nor answered within 2 minutes");
        assertThat(host.ticker.pauses()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void launchedUpdater_thatDoesNotComeForward_isTold() throws Exception {
        requested();
        Files.delete(request());

        assertThat(started("v1", HandOver.LAUNCH, host.ticker).status()).isEqualTo(InstallStatus.INSTALLING);

        assertThat(host.await(InstallStatus.INSTALL_FAILED).own().errorMessage())
                .isEqualTo("the agent was started again in the middle of the update, and no updater has stopped it"
                        + " within 20 s");
    }

    @Test
    void started_asAnotherVersion_orWithAnOfferThatNobodyKnows_failed() throws Exception {
        requested();
        String installing = host.file();

        PackageStatus another = started("v1-another", HandOver.REQUEST, host.ticker);

        assertThat(another.status()).isEqualTo(InstallStatus.INSTALL_FAILED);
        assertThat(another.errorMessage()).isEqualTo("expected version v2, version v1-another runs");
        assertThat(host.file()).contains("\"status\":3", "\"all_packages_hash\":\"oRo=\"");

        host.write(installing);
        Files.delete(host.at("tmp/download/offer.json"));
        PackageStatus unknown = started("v1", HandOver.REQUEST, host.ticker);
        assertThat(unknown.status()).isEqualTo(InstallStatus.INSTALL_FAILED);
        assertThat(unknown.errorMessage()).isEqualTo("expected version v2, version v1 runs");
    }
}
