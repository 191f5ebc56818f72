package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The harness itself: what later tests take for granted of a box. */
@SystemTest
final class BoxSystemTests {

    @Test
    void boot_ofStandardBox_reachesRunningWithoutFailedUnits(Box box) {
        assertThat(box.exec("systemctl", "is-system-running").out().strip()).isEqualTo("running");
        assertThat(box.systemctl("list-units", "--failed", "--plain", "--no-legend")).isEmpty();
    }
}
