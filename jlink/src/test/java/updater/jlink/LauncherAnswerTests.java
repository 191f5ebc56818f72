package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the launcher answers itself: refusals, and the status where there is no runtime. */
@EnabledOnOs(OS.LINUX)
class LauncherAnswerTests extends StandInRuntime {
    @Test
    void launcher_stateDirectoryWithColonInName_isRefusedBecauseNoJvmStartsThere() throws Exception {
        Path odd = Files.createDirectory(temporary.resolve("a:b"));
        install(odd, odd + "/state");
        standIn(odd.resolve("tmp/latest/updater-runtime"));

        Launch launch = Launch.of(temporary, List.of(odd.resolve("updater").toString()));

        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.err()).contains("colon in its name").contains("a:b");
    }

    @Test
    void launcher_noRuntime_refusesSayingWhereItLooked() throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));

        Launch launch = Launch.of(temporary, List.of(launcher()));

        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err()).startsWith("updater: no runtime in " + home.resolve("tmp/latest/updater-runtime"));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void launcher_refusalWithJson_isAnAnswerOnStandardOutput(List<String> shell) throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        List<String> command = new ArrayList<>(shell);
        command.addAll(List.of(launcher(), "hold", "--json"));

        Launch launch = Launch.of(temporary, command);

        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.out())
                .startsWith(
                        "{\n  \"command\": \"hold\",\n  \"exit\": 5,\n  \"code\": \"runtime-unusable\",\n  \"message\": \"no runtime in ")
                .endsWith("\",\n  \"advice\": \"Unpack a bundle, and run 'updater enroll --from DIR'\"\n}\n");
        assertThat(launch.err()).startsWith("updater: no runtime in ");
    }

    /** The loader of another processor is there where its libraries were installed beside the host's own. */
    @ParameterizedTest
    @CsvSource({
        "/lib/ld-linux-none.so.1, /lib/ld-linux-none.so.1 does not exist",
        "/bin/sh, and does not run its programs"
    })
    void launcher_otherProcessorOrLibrary_refusesNamingBothAndStillReportsStatus(String loader, String reason)
            throws Exception {
        Path staged = home.resolve("tmp/latest/updater-runtime");
        Files.writeString(staged.resolve("platform"), "Linux riscv64 " + loader + " 2.17\n");
        Files.createDirectory(staged.resolve("lib"));
        executable(staged.resolve("lib/jspawnhelper"), "\177ELF\002");
        Files.writeString(staged.resolve("lib/modules"), "modules");
        Files.createDirectory(staged.resolve("lib/server"));
        Files.writeString(staged.resolve("lib/server/libjvm.so"), "machine");
        report("{\n  \"outcome\" : \"UPDATED\"\n}\n");

        Launch before = Launch.of(temporary, List.of(launcher(), "status"));
        Launch update = Launch.of(temporary, List.of(launcher()));
        Launch after = Launch.of(temporary, List.of(launcher(), "status"));

        assertThat(update.exit()).isEqualTo(5);
        assertThat(update.err()).contains("this bundle is for Linux riscv64", "this host is Linux ", reason);
        assertThat(update.err()).contains(" [release-of-other-product]\n");
        assertThat(before.exit()).isZero();
        assertThat(before.out()).contains("UPDATED");
        assertThat(after.exit()).isEqualTo(5);
        assertThat(after.out()).contains("REFUSED", "release-of-other-product", "this bundle is for Linux riscv64");
    }

    @Test
    void launcher_damagedPlatformFile_refuses() throws Exception {
        Files.writeString(home.resolve("tmp/latest/updater-runtime/platform"), "");

        assertThat(Launch.of(temporary, List.of(launcher())).err()).contains("is damaged");
    }

    @Test
    void status_noRuntime_summarizesTheReportWithoutControlCharacters() throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        report("""
                {
                  "outcome" : "ROLLED_BACK",
                  "from_version" : "1.0",
                  "to_version" : "2.0",
                  "reason" : "agent \\"said\\" \u001b[31m no",
                  "finished_at" : "2026-01-01T00:00:00Z",
                  "steps" : [ {
                    "reason" : "inner"
                  } ]
                }
                """);

        Launch launch = Launch.of(temporary, List.of(launcher(), "status"));
        Launch elsewhere = Launch.of(temporary, List.of(launcher(), "--home", state.toString(), "status"));

        assertThat(launch.exit()).isEqualTo(1);
        assertThat(launch.err()).isEmpty();
        assertThat(launch.out()).isEqualTo("""
                outcome       ROLLED_BACK
                from_version  1.0
                to_version    2.0
                reason        agent \\"said\\" ?[31m no
                finished_at   2026-01-01T00:00:00Z
                """);
        assertThat(elsewhere.exit()).isEqualTo(5);
    }

    @Test
    void status_jsonWithoutRuntime_isTheReportItself() throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        report("{\n  \"outcome\" : \"updated\"\n}\n");

        assertThat(Launch.of(temporary, List.of(launcher(), "status", "--json")).out())
                .isEqualTo("{\n  \"outcome\" : \"updated\"\n}\n");
    }

    @Test
    void status_reportIsALinkOrFifo_isNotRead() throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        Path log = Files.createDirectories(home.resolve("log"));
        Path secret = Files.writeString(temporary.resolve("secret"), "\"outcome\" : \"secret\"\n");
        Path report = Files.createSymbolicLink(log.resolve("updater-report.json"), secret);

        Launch link = Launch.of(temporary, List.of(launcher(), "status"));
        Files.delete(report);
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")));
        Launch.of(temporary, List.of("/usr/bin/mkfifo", report.toString()));
        Launch fifo = Launch.of(temporary, List.of(launcher(), "status"));

        assertThat(link.exit()).isEqualTo(5);
        assertThat(link.out()).isEmpty();
        assertThat(fifo.exit()).isEqualTo(5);
    }

    @ParameterizedTest
    @MethodSource("shells")
    void update_virtualMachineThatDoesNotStartWithinLimits_isRefusedAndNotCalledRolledBack(List<String> shell)
            throws Exception {
        standIn(home.resolve("tmp/latest/updater-runtime"), "#!/bin/sh\necho no memory >&2\nexit 1\n");
        List<String> limited = new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -v 4000000 && exec \"$@\"", "limited"));
        limited.addAll(shell);
        limited.add(launcher());

        Launch launch = Launch.of(temporary, limited);

        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.err())
                .contains("the virtual machine does not start", "a limit of address space", "no memory");
        assertThat(Files.list(stateDirectory()).filter(Files::isDirectory)).isEmpty();
    }

    /** An unknown word is an update for the launcher, which enters a scope for it. */
    @Test
    void commands_ofTheHelp_areKnownToTheLauncher() throws IOException {
        String help = Files.readString(Path.of("../modules/updater.app/src/main/resources/updater/app/help.txt"));
        String script = Files.readString(Path.of("src/main/sh/updater"));
        List<String> known = Pattern.compile("^ +([a-z |-]+)\\) command=\\$word", Pattern.MULTILINE)
                .matcher(script)
                .results()
                .flatMap(line -> Pattern.compile(" [|] ").splitAsStream(line.group(1)))
                .toList();

        assertThat(Pattern.compile("^ +updater ([a-z][a-z-]*)", Pattern.MULTILINE)
                        .matcher(help)
                        .results()
                        .map(match -> match.group(1)))
                .isNotEmpty()
                .isSubsetOf(known);
    }

    private void report(String text) throws IOException {
        Files.writeString(Files.createDirectories(home.resolve("log")).resolve("updater-report.json"), text);
    }
}
