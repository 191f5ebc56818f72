package updater.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import updater.api.Os;
import updater.app.host.Host;
import updater.state.journal.Phase;

/** An update is unfinished: {@code doctor} and {@code plan} say what {@code apply} does about it, and that says so as well. */
final class UnfinishedAgreementTests extends OperatorsHost {
    private Path bundle;

    @BeforeEach
    void leaveOne() throws Exception {
        Host host = Host.real();
        assumeTrue(host.system().os() == Os.LINUX && host.user().uid() == 0, "'apply' is root's, on Linux");
        Files.createDirectory(
                state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        leaveUnfinished(Phase.PREPARED);
        bundle = Files.createDirectory(directory.toRealPath().resolve("bundle"));
        Files.writeString(bundle.resolve("agent"), "v2");
    }

    private int type(String... words) {
        return run(words);
    }

    @Test
    void doctor_doesNotCallItARefusal() {
        type("doctor", "--service-manager", "process");

        assertThat(printed()).contains("'apply' ends it first").doesNotContain("[update-unfinished]");
    }

    @Test
    void planOfABundle_doesNotCallItARefusal() {
        type("plan", bundle.toString(), "--version", "v2", "--service-manager", "process");

        assertThat(printed()).contains("'apply' ends it first").doesNotContain("[update-unfinished]");
    }

    /** What is staged is used up, or not the next one's. */
    @Test
    void planOfWhatIsStaged_callsItARefusal() throws IOException {
        Files.createDirectories(home.resolve("tmp/latest"));
        Files.writeString(home.resolve("tmp/latest/agent"), "v2");

        assertThat(type("plan", "--service-manager", "process")).isEqualTo(5);

        assertThat(printed()).contains("[update-unfinished]");
    }

    @Test
    void apply_saysWhatItEnded() {
        type("apply", bundle.toString(), "--version", "v2", "--service-manager", "process");

        assertThat(printed()).contains("an earlier update was unfinished, and was brought to its end first: aborted");
        assertThat(state.resolve("journal")).doesNotExist();
    }
}
