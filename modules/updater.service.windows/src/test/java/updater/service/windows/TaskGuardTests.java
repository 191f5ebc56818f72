package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.Guard;

class TaskGuardTests {
    private static final List<String> COMMAND =
            List.of("C:\\ProgramData\\p & q\\updater.exe", "recover", "--home", "C:\\Program Files\\<A>\\");

    private WindowsBench bench;
    private Guard guard;

    @BeforeEach
    void makeBench() throws Exception {
        bench = new WindowsBench();
        guard = bench.open().guard();
    }

    @AfterEach
    void closeBench() throws Exception {
        bench.close();
    }

    private Document task() throws Exception {
        byte[] xml = bench.files.files.get(bench.windows.getPath("D:\\Windows\\System32\\Tasks\\probe-updater-guard"));
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(xml));
    }

    private String text(Document task, String element) {
        assertThat(task.getElementsByTagName(element).getLength()).as(element).isEqualTo(1);
        return task.getElementsByTagName(element).item(0).getTextContent();
    }

    @Test
    void arm_makesATaskThatRunsAtBootAndEveryMinute() throws Exception {
        guard.arm(COMMAND);

        Document task = task();
        assertThat(text(task, "BootTrigger")).isEmpty();
        assertThat(text(task, "Interval")).isEqualTo("PT1M");
        assertThat(text(task, "UserId")).isEqualTo("S-1-5-18");
        assertThat(text(task, "DisallowStartIfOnBatteries")).isEqualTo("false");
        assertThat(text(task, "StopIfGoingOnBatteries")).isEqualTo("false");
        assertThat(text(task, "MultipleInstancesPolicy")).isEqualTo("IgnoreNew");
    }

    @Test
    void arm_commandReachesTheTaskUnchanged() throws Exception {
        guard.arm(COMMAND);

        assertThat(text(task(), "Command")).isEqualTo(COMMAND.getFirst());
        assertThat(WindowsCommandLine.splitArguments(text(task(), "Arguments")))
                .isEqualTo(COMMAND.subList(1, COMMAND.size()));
    }

    @Test
    void arm_removesTheDescription_evenWhenItFails() {
        bench.scheduler.refuses = Optional.of(new Result(1, "", "ERROR: Access is denied."));

        assertThatThrownBy(() -> guard.arm(COMMAND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("schtasks.exe ended with 1, ERROR: Access is denied");

        assertThat(bench.files.files).isEmpty();
    }

    @Test
    void arm_noSpaceForTheDescription_isSaid() {
        bench.files.full = true;

        assertThatThrownBy(() -> guard.arm(COMMAND))
                .hasMessageContaining("guard.xml")
                .hasMessageContaining("space");
    }

    @Test
    void disarm_notArmed_asksNobody() throws Exception {
        guard.disarm();

        assertThat(bench.scheduler.ran).isEmpty();
    }

    @Test
    void disarm_taskStays_isAFailure() throws Exception {
        guard.arm(COMMAND);
        bench.scheduler.refuses = Optional.of(new Result(0, "SUCCESS", ""));

        assertThatThrownBy(() -> guard.disarm()).hasMessageContaining("could not delete the scheduled task");
    }

    @Test
    void disarm_goneMeanwhile_isNoFailure() throws Exception {
        guard.arm(COMMAND);
        Guard another = bench.open().guard();
        another.disarm();

        guard.disarm();

        assertThat(guard.armed()).isFalse();
    }

    @Test
    void armed_registryUnreadable_isSaid() {
        bench.control.fail("RegQueryValueEx", ErrorCode.ACCESS_DENIED);

        assertThatThrownBy(() -> guard.armed()).isInstanceOf(UpdateFailure.Service.class);
    }

    @Test
    void description_isUtf16() throws Exception {
        guard.arm(COMMAND);

        byte[] xml = bench.files.files.firstEntry().getValue();
        assertThat(new String(xml, StandardCharsets.UTF_16)).contains("<Task version=\"1.2\"");
    }
}
