package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Real processes that become other programs. */
@EnabledOnOs(OS.LINUX)
final class ProcessImageTests {
    /** What is closed between the look at the descriptors and the call once kept the whole program from being started. */
    @RepeatedTest(5)
    void replace_whileOtherThreadsOpenAndClose_becomesTheProgram() throws Exception {
        assertThat(ChildJvm.run(List.of(), ProcessImageMain.class, "2").output())
                .startsWith("became\n");
    }

    @Test
    void replace_withFilesOpen_handsOnTheStandardStreamsOnly() throws Exception {
        // The last one is the directory that is being listed.
        assertThat(ChildJvm.run(List.of(), ProcessImageMain.class, "0").output())
                .isEqualTo("became\n0\n1\n2\n3\n");
    }
}
