package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import okio.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.opamp.fleet.FleetServer;
import updater.packaging.OpampHost.Flow;

/**
 * A Java agent with {@code updater.agent} and {@code updater.opamp} under a real systemd, updated by signed bundles that an
 * OpAMP server offers. After each offer: what the server was told, in order, and the host, exactly.
 */
@SystemTest
final class OpampAgentSystemTests {
    private static final int KILLS = 2;

    private static final String[] SUCCESS = {
        "Installed v1", "InstallPending v2?", "Downloading v2?", "Installing v2", "Installed v2"
    };

    private static String[] failure(String... last) {
        String[] all =
                Arrays.copyOf(new String[] {"Installed v1", "InstallPending v2?", "Downloading v2?"}, 3 + last.length);
        System.arraycopy(last, 0, all, 3, last.length);
        return all;
    }

    /** Also: the same offer once more, one that is older, and another package of the same version. */
    @Test
    void offer_toAnAgentWithAUserOfItsOwn_updatesItByRequest(Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.REQUEST)) {
            host.offer(host.offered());

            host.awaitTold("Installed v2");
            host.assertTold(SUCCESS);
            host.assertUpdated();

            host.server().all.clear();
            host.offer(host.offered());
            host.offer(host.offered(OpampHost.V1, 1));
            host.awaitTold("InstallFailed v1.*");
            host.assertTold(
                    "InstallPending v1?",
                    "Downloading v1?",
                    "Installing v1?",
                    "InstallFailed v1 \\(has v2\\): .*counter of at least 2.*");
            assertThat(host.server().ranges).hasSize(2);
            host.assertUpdated();
        }
    }

    @Test
    void offer_toAnAgentThatIsRoot_updatesItByLaunch(Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.LAUNCH)) {
            host.offer(host.offered());

            host.awaitTold("Installed v2");
            host.assertTold(SUCCESS);
            host.assertUpdated();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            REQUEST | another | .*
            REQUEST | crash   | .*
            LAUNCH  | silent  | .*
            """)
    void newVersion_thatIsNotWell_isRolledBackAndTold(
            Flow flow, String behaviour, String reason, Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, flow, "v2: " + behaviour)) {
            host.offer(host.offered());

            host.awaitTold("InstallFailed v2 \\(has v1\\): .*");
            host.assertRolledBack();
            host.assertTold(failure(
                    "Installing v2",
                    "InstallFailed v2 \\(has v1\\): expected version v2, .*?",
                    "InstallFailed v2 \\(has v1\\): " + reason));
        }
    }

    @Test
    void offer_ofAFileWithAnotherHash_besideAnotherPackage_isDropped(Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.REQUEST)) {
            OpampOffer wrong = host.offered().withContentHash(ByteString.of(new byte[32]));

            host.offer(wrong.besideAnother(host.server()));

            host.awaitTold("InstallFailed v2.*");
            host.assertTold(failure("InstallFailed v2 \\(has v1\\): .*SHA-256.*"));
            assertThat(host.server().all.getLast().status("plugins").error_message)
                    .contains("this agent has no package of that name");
            host.assertUntouched();
        }
    }

    @ParameterizedTest
    @CsvSource({"REQUEST", "LAUNCH"})
    void offer_signedByAStranger_isRefusedByTheUpdater(Flow flow, Box box, SignedBundles bundles) throws IOException {
        try (OpampHost host = OpampHost.of(box, bundles, flow)) {
            Path bundle = bundles.bundle(new SignedBundles.Release(OpampHost.V2, false, 2));
            Path statement = bundles.otherStatement(bundle, "s/^/&/", "stranger");

            host.offer(host.offered().withSignature(ByteString.of(Files.readAllBytes(statement))));

            host.awaitTold("InstallFailed v2.*");
            host.assertTold(failure("Installing v2?", "InstallFailed v2 \\(has v1\\): .*sign.*"));
            host.awaitUpdater();
            host.assertUntouched();
        }
    }

    /** Shorter than offered, and without an end. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void download_ofAnotherSizeThanSigned_isDropped(boolean endless, Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.REQUEST)) {
            OpampOffer whole = host.offered();
            byte[] content = whole.content();
            if (endless) {
                host.server().downloadAnswers.add(Downloads.endless());
            } else {
                host.server().downloadAnswers.add(Downloads.whole(Arrays.copyOf(content, content.length / 2)));
            }

            host.offer(whole);

            host.awaitTold("InstallFailed v2.*");
            host.assertTold(failure("InstallFailed v2 \\(has v1\\): .*" + content.length + ".*"));
            host.assertUntouched();
        }
    }

    /** A busy server, a connection that is cut, one that stands still, and an agent that is killed again and again. */
    @Test
    void download_throughAllTroubles_isResumed_andUpdates(Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.REQUEST)) {
            OpampOffer offer = host.offered();
            byte[] content = offer.content();
            FleetServer server = host.server();
            int part = content.length / 8;
            server.downloadAnswers.add(Downloads.busy());
            server.downloadAnswers.add(Downloads.cut(content, part));
            server.downloadAnswers.add(Downloads.standStill(content, part));
            for (int i = 0; i < KILLS; i++) {
                server.downloadAnswers.add(Downloads.standStill(content, part));
            }

            host.offer(offer);
            for (int i = 0; i < KILLS; i++) {
                host.awaitDownloads(4 + i);
                host.killAgent();
            }

            host.awaitTold("Installed v2");
            host.assertTold(
                    "Installed v1",
                    "InstallPending v2?",
                    "Downloading v2",
                    "InstallPending v2?",
                    "Downloading v2?",
                    "InstallPending v2?",
                    "Downloading v2?",
                    "Installing v2",
                    "Installed v2");
            assertThat(server.ranges).hasSizeGreaterThanOrEqualTo(4 + KILLS);
            assertThat(server.ranges.subList(0, 2)).containsExactly("", "");
            assertThat(server.ranges.subList(2, server.ranges.size()))
                    .allMatch(range -> range.matches("bytes=[1-9][0-9]*-"));
            host.assertUpdated();
        }
    }

    /** The server is gone while the agent downloads, and once more while the updater is at work. */
    @Test
    void server_thatIsGoneAtEachStep_isToldWhenItIsBack(Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.REQUEST)) {
            OpampOffer offer = host.offered();
            host.server().downloadAnswers.add(Downloads.standStill(offer.content(), offer.content().length / 2));
            host.offer(offer);
            host.awaitTold("Downloading v2");

            host.endServer();
            host.restartServer();
            host.offer(offer);

            host.awaitTold("Installing v2");
            host.assertTold("InstallPending v2?", "Downloading v2?", "Installing v2");
            host.endServer();
            host.awaitRunning("v2");
            host.restartServer();

            host.awaitTold("Installed v2");
            host.assertTold("Installed v2");
            host.assertUpdated();
        }
    }

    @Test
    void newerOffer_replacesADownload(Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.REQUEST)) {
            OpampOffer first = host.offered();
            host.server().downloadAnswers.add(Downloads.standStill(first.content(), first.content().length / 2));
            host.offer(first);
            host.awaitTold("Downloading v2");

            host.offer(first.withVersion("v3").withHash("v3").withContentHash(ByteString.of(new byte[32])));

            host.awaitTold("InstallFailed v3.*");
            host.assertTold(
                    failure("InstallPending v3?", "Downloading v3?", "InstallFailed v3 \\(has v1\\): .*SHA-256.*"));
            host.assertUntouched();
        }
    }

    /** A vendor builds a version once more: its name says nothing, its hash does. */
    @Test
    void offer_ofTheSameVersionWithAnotherHash_isAnotherPackage(Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.REQUEST)) {
            host.offer(host.offered());
            host.awaitTold("Installed v2");
            host.assertUpdated();
            host.server().all.clear();

            OpampOffer again = host.offered(OpampHost.V2, 3).withHash("built once more");
            host.offer(again);

            Await.until(
                    OpampHost.LIMIT,
                    () -> "the other package is installed; told " + host.told(),
                    () -> !host.told().isEmpty()
                            && host.told().getLast().equals("Installed v2")
                            && host.server()
                                    .all
                                    .getLast()
                                    .status(OpampHost.PACKAGE)
                                    .agent_has_hash
                                    .equals(again.hash()));
            host.assertTold("Installed v2?", "InstallPending v2?", "Downloading v2?", "Installing v2", "Installed v2");
            assertThat(host.server().ranges).hasSize(2);
            host.assertUpdated();
        }
    }

    /** While the updater is at work no offer is taken; the server makes it again. */
    @Test
    void newerOffer_whileTheUpdaterIsAtWork_isTakenWhenThatHasEnded(Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, Flow.REQUEST)) {
            OpampOffer first = host.offered();
            host.offer(first);
            host.awaitTold("Installing v2");

            host.offer(first.withVersion("v3").withHash("v3").withContentHash(ByteString.of(new byte[32])));

            host.awaitTold("InstallFailed v3.*");
            host.assertTold(failure(
                    "Installing v2",
                    "Installing v2Already installing new packages?",
                    "Installed v2",
                    "InstallPending v3?",
                    "Downloading v3?",
                    "InstallFailed v3 \\(has v2\\): .*SHA-256.*"));
            host.assertUpdated();
        }
    }
}
