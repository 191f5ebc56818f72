package updater.packaging;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent updates itself from the packaged tarball under a real systemd. */
@SystemTest
final class UpdateSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    @TempDir
    Path scratch;

    @Test
    void update_fromThePackagedTarball_leavesTheNewVersionRunning(Box box, Bundles bundles) {
        Scenario scenario = Scenario.install(box, bundles, scratch, V1);

        scenario.update(scenario.offer(V2), bundles.packaged()).assertUpdated("v2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"process", "control-group"})
    void update_toAgentThatReportsFailure_bringsTheOldOneBack(String killMode, Box box, Bundles bundles) {
        Scenario scenario = Scenario.install(box, bundles, scratch, V1.killMode(killMode));

        scenario.update(V2.killMode(killMode).behaving("report failed"))
                .assertRolledBack("the new agent reported that its installation failed")
                .assertProven();
    }
}
