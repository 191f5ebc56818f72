package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import updater.state.document.UpdateReport;

/**
 * An agent that behaves as BindPlane's does updates itself: it gives up when its connection breaks, removes and rewrites the
 * status file, and offers itself the next version as soon as it may. Under both contracts.
 */
@SystemTest
final class StatusProtocolSystemTests {
    private static final int OFFERS_IN_A_ROW = SweepSample.FULL ? 20 : 4;

    @TempDir
    Path scratch;

    /** What the updater expects of the agent. */
    enum Contract {
        UP_TO_1_95,
        SINCE_1_96;

        private Path bundle(BoxedUpdate scenario, BoxedUpdate.Offer offer, Path scratch, Bundles bundles) {
            if (this == UP_TO_1_95) {
                return scenario.bundle(offer);
            }
            Path tree = scratch.resolve("described");
            Command.run(java.time.Duration.ofSeconds(20), "rm", "-rf", tree.toString())
                    .ok();
            Command.run(
                            java.time.Duration.ofSeconds(20),
                            "cp",
                            "-a",
                            offer.tree().toString(),
                            tree.toString())
                    .ok();
            try {
                Files.createDirectory(tree.resolve("updater-runtime"));
                Files.copy(
                        Path.of(System.getProperty("basedir", "")).resolve("products/bindplane-1.96.json"),
                        tree.resolve("updater-runtime/product.json"));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            return bundles.write(tree, scratch.resolve("described.tar.gz"));
        }
    }

    /** What comes of it: the outcome in the report, and the status in the file, empty for no file. */
    private enum End {
        UPDATED,
        ROLLED_BACK,
        REFUSED
    }

    private record Row(String name, Contract contract, List<String> old, List<String> offered, End end, String reason) {
        @Override
        public String toString() {
            return name + ", " + contract;
        }
    }

    private static Stream<Row> matrix() {
        List<Row> rows = new ArrayList<>();
        for (Contract contract : Contract.values()) {
            rows.addAll(List.of(
                    new Row("plain", contract, List.of(), List.of("rewrite removing"), End.UPDATED, ""),
                    new Row(
                            "blip right after the start",
                            contract,
                            List.of("rewrite removing", "blip-after-ms 0"),
                            List.of(),
                            End.REFUSED,
                            "InstallFailed, Failed to connect to BindPlane"),
                    new Row(
                            "blip while stopping",
                            contract,
                            List.of("rewrite removing", "blip-at-stop yes"),
                            List.of(),
                            End.ROLLED_BACK,
                            "Failed to connect to BindPlane"),
                    new Row(
                            "status file removed while stopping",
                            contract,
                            List.of("forget-at-stop yes"),
                            List.of("rewrite removing"),
                            End.UPDATED,
                            ""),
                    new Row(
                            "status file removed after the report",
                            contract,
                            List.of(),
                            List.of("forget-after-report-ms 250"),
                            End.UPDATED,
                            ""),
                    new Row(
                            "new agent reports failure and dies",
                            contract,
                            List.of(),
                            List.of(
                                    "rewrite removing",
                                    "say cannot bind port 4317",
                                    "report failed",
                                    "die-after-report-ms 0"),
                            End.ROLLED_BACK,
                            "the new agent reported that its installation failed")));
        }
        return rows.stream();
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void update_ofAgentAsBindPlanes_endsAsItsStatusFileSays(Row row, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, agent("v1", row.old()));
        BoxedUpdate.Offer offer = scenario.offer(agent("v2", row.offered()));

        EndedUpdate ended = scenario.update(offer, row.contract().bundle(scenario, offer, scratch, bundles));

        switch (row.end()) {
            case UPDATED -> {
                assertThat(ended.report().outcome()).as(ended.log()).isEqualTo(UpdateReport.Outcome.UPDATED);
                assertThat(ended.after().version()).isEqualTo("v2");
                assertThat(ended.differencesFromUpdated()).as("home").isEmpty();
                boolean removed =
                        row.contract() == Contract.SINCE_1_96 || row.name().contains("after the report");
                assertThat(ended.after().status()).satisfies(status -> {
                    if (removed) {
                        assertThat(status).doesNotContain("status");
                    } else {
                        assertThat(status).contains("\"status\":0");
                    }
                });
                ended.assertNothingLeft();
            }
            case ROLLED_BACK -> {
                ended.assertRolledBack(row.reason());
                assertThat(ended.report().reason())
                        .containsAnyOf("while it was being stopped", "the new agent reported");
            }
            case REFUSED -> {
                ended.assertRefused(row.reason());
                assertThat(ended.after().status()).contains("\"status\":3", "Failed to connect");
            }
        }
    }

    private static SampleAgent agent(String version, List<String> behaviours) {
        SampleAgent agent = SampleAgent.bindplane(version);
        for (String behaviour : behaviours) {
            agent = agent.behaving(behaviour);
        }
        return agent;
    }

    /** Whenever it comes, a server that was told of a failure finds the old version, and one that was not the new one. */
    @Test
    void blip_atAnyMoment_neverEndsInTheNewVersion(Box box, Bundles bundles) {
        Random random = SweepSeed.random("blips");
        for (int i = 0; i < (SweepSample.FULL ? 40 : 3); i++) {
            int millis = random.nextInt(1500);
            BoxedUpdate scenario = BoxedUpdate.install(
                    box, bundles, scratch.resolve("blip-" + i), agent("v1", List.of("blip-after-ms " + millis)));

            EndedUpdate ended = scenario.update(agent("v2", List.of()));

            boolean gaveUp = scenario.agent().agentLog().contains("blip: gave the install up");
            assertThat(ended.after().version())
                    .as("blip after %s ms, seed %s\n%s", millis, SweepSeed.VALUE, ended.log())
                    .isEqualTo(gaveUp ? "v1" : "v2");
            assertThat(ended.after().status()).contains(gaveUp ? "\"status\":3" : "\"status\":0");
        }
    }

    /** The report has the agent's reason, the manager's, and what the agent said at last, for root only. */
    @Test
    void failure_ofServiceWhoseAgentGaveAReason_isReportedWithAllOfIt(Box box, Bundles bundles) throws Exception {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, agent("v1", List.of()));

        EndedUpdate ended = scenario.update(agent("v2", List.of("say cannot bind port 4317", "exit-at-start 7")));

        ended.assertRolledBack("failed");
        UpdateReport own =
                updater.state.document.ReportJson.read(box.read(InstalledAgent.STATE + "/updater-report.json")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(own.changes().service().output()).anyMatch(line -> line.contains("code=exited, status=7"));
        assertThat(ended.report().changes().service().output()).isEmpty();
        assertThat(scenario.updater("status").out()).contains("the new agent's last output", "status=7");
    }

    /** The new agent is offered the next version as soon as it has reported, while the updater still watches it. */
    @Test
    void offer_whileTheFirstUpdaterCleansUp_isTaken(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, agent("v1", List.of()));
        for (int i = 0; i < OFFERS_IN_A_ROW; i++) {
            String[] versions = {"v" + (2 * i + 2), "v" + (2 * i + 3)};
            BoxedUpdate.Offer first = scenario.offer(agent(versions[0], List.of()));
            BoxedUpdate.Offer second = scenario.offer(agent(versions[1], List.of()));
            Path secondBundle = bundles.write(second.tree(), scratch.resolve("second.tar.gz"));
            Path firstBundle = bundles.write(first.tree(), scratch.resolve("first.tar.gz"));
            HostState before = HostState.of(box, scenario.agent());

            long one = scenario.start(versions[0], firstBundle);
            Await.until(
                    java.time.Duration.ofSeconds(60),
                    () -> versions[0] + " reports:\n" + scenario.agent().agentLog() + scenario.updaterLog(),
                    () -> scenario.agent().agentLog().contains(versions[0] + "[")
                            && scenario.agent()
                                    .agentLog()
                                    .lines()
                                    .anyMatch(line -> line.contains(" " + versions[0] + "[")
                                            && line.endsWith("reported: installed")));
            long two = scenario.start(versions[1], secondBundle);
            scenario.awaitEnd(one);
            scenario.awaitEnd(two);

            EndedUpdate ended = scenario.ended(second, before, OptionalInt.empty());
            assertThat(ended.report().outcome()).as(i + "\n" + ended.log()).isEqualTo(UpdateReport.Outcome.UPDATED);
            assertThat(ended.report().versions().to()).isEqualTo(versions[1]);
            assertThat(ended.after().version()).isEqualTo(versions[1]);
            ended.assertNothingLeft();
        }
    }
}
