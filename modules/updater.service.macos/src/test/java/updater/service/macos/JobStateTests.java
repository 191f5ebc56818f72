package updater.service.macos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.Os;
import updater.api.service.ServiceState.Activity;
import updater.processes.HostProcesses;

class JobStateTests {
    private static JobState printed(String... facts) {
        return JobState.ofPrint("system/a = {\n\t" + String.join("\n\t", facts) + "\n}\n");
    }

    @Test
    void print_running_isReadFromTheTopLevelOnly() {
        JobState state = printed(
                "active count = 1",
                "path = /Library/LaunchDaemons/a.plist",
                "endpoints = {",
                "\t\"x\" = {",
                "\t\tstate = inactive",
                "\t\tpid = 1",
                "\t}",
                "}",
                "state = running",
                "exit timeout = 30",
                "runs = 3",
                "pid = 4711",
                "last exit code = (never exited)",
                "resource coalition = {",
                "\tstate = active",
                "\tpid = 2",
                "}");

        assertThat(state)
                .isEqualTo(new JobState(
                        "running",
                        4711,
                        3,
                        "",
                        java.util.Optional.of(Duration.ofSeconds(30)),
                        "/Library/LaunchDaemons/a.plist"));
        assertThat(state.activity()).isEqualTo(Activity.RUNNING);
        assertThat(state.active()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "running,         4, (never exited), RUNNING,  true",
        "xpcproxy,        4, (never exited), STARTING, true",
        "spawn scheduled, 0, (never exited), STARTING, true",
        "spawn scheduled, 0, 1,              FAILED,   true",
        "spawn scheduled, 0, 0,              FAILED,   true",
        "not running,     0, (never exited), INACTIVE, false",
        "not running,     0, 0,              FAILED,   false",
        "waiting,         0, (never exited), INACTIVE, false",
        "SIGTERMed,       4, (never exited), STOPPING, true",
        "SIGKILLed,       4, (never exited), STOPPING, true",
        "of the future,   0, (never exited), INACTIVE, false"
    })
    void print_state_isActivity(String word, long pid, String exit, Activity activity, boolean active) {
        JobState state = pid == 0
                ? printed("state = " + word, "last exit code = " + exit)
                : printed("state = " + word, "pid = " + pid, "last exit code = " + exit);

        assertThat(state.activity()).isEqualTo(activity);
        assertThat(state.active()).isEqualTo(active);
        assertThat(state.toServiceState(HostProcesses.of(Os.MACOS), Path.of("/opt/agent"), main -> false)
                        .detail())
                .startsWith(word);
    }

    @ParameterizedTest
    @CsvSource({
        "last exit reason = OS_REASON_CODESIGNING | Launch Constraint Violation, code signature",
        "last exit reason = OS_REASON_EXEC, refuses to execute",
        "last exit code = 78: EX_CONFIG, is it there",
        "last terminating signal = Killed: 9, Killed: 9"
    })
    void print_endedByTheSystem_saysWhy(String fact, String words) {
        JobState state = printed("state = spawn scheduled", "runs = 1", fact);

        assertThat(state.activity()).isEqualTo(Activity.FAILED);
        assertThat(state.detail()).contains(words, fact.substring(fact.indexOf('=') + 2));
    }

    @Test
    void print_spawnFailed_isFailed() {
        assertThat(printed("state = spawn scheduled", "job state = spawn failed")
                        .activity())
                .isEqualTo(Activity.FAILED);
    }

    @Test
    void print_nothingKnown_isNoFailureToRead() {
        assertThat(JobState.ofPrint("").activity()).isEqualTo(Activity.INACTIVE);
        assertThat(printed("pid = 99999999999999999999", "runs = many").pid()).isZero();
    }

    @Test
    void list_running_hasItsProcess() {
        JobState state = JobState.ofList("{\n\t\"LastExitStatus\" = 15;\n\t\"PID\" = 77;\n\t\"TimeOut\" = 30;\n};\n");

        assertThat(state.pid()).isEqualTo(77);
        assertThat(state.activity()).isEqualTo(Activity.RUNNING);
        assertThat(state.exitTimeout()).contains(Duration.ofSeconds(30));
    }

    @Test
    void list_endedBadly_isFailed() {
        assertThat(JobState.ofList("{\n\t\"LastExitStatus\" = 256;\n};\n").activity())
                .isEqualTo(Activity.FAILED);
        assertThat(JobState.ofList("{\n\t\"LastExitStatus\" = 0;\n};\n").activity())
                .isEqualTo(Activity.INACTIVE);
    }
}
