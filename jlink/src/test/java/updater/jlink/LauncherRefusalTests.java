package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.state.document.HistoryEntry;
import updater.state.document.HistoryJson;
import updater.state.document.UpdateReport;

/**
 * What the launcher refuses at a first update, when nothing of the updater could run yet: the code, the words and the report are
 * those of the updater. Disks are really full, and really execute nothing, in a mount namespace of the launcher's own.
 */
@EnabledOnOs(OS.LINUX)
class LauncherRefusalTests extends StandInRuntime {
    private static final String UNTOUCHED = "         Nothing was changed, and the agent was not stopped\n";

    /** Mounts a tmpfs with the options $2 at $1, does there what $3 says, runs what follows $4, and keeps the report there. */
    private static final String MOUNTED = """
        mount -t tmpfs -o mode=700,"$2" small "$1" && (cd "$1" && eval "$3") || exit 99
        disk=$1 report=$4
        shift 4
        "$@"
        code=$?
        [ ! -e "$disk/updater-report.json" ] || cp "$disk/updater-report.json" "$report"
        exit "$code"
        """;

    @ParameterizedTest
    @MethodSource("shells")
    void update_fullDisk_isRefusedWithCodeAdviceAndReport(List<String> shell) throws Exception {
        Launch launch = mounted(shell, stateDirectory(), "size=64k", "head -c 60000 /dev/zero >ballast");

        assertRefused(launch, "no-space", "not enough disk space at " + stateDirectory());
        assertThat(launch.err()).contains("'df -h " + stateDirectory() + "'");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void update_noInodeLeft_isRefusedNamingInodes(List<String> shell) throws Exception {
        Launch launch = mounted(shell, stateDirectory(), "nr_inodes=7", "touch a b c");

        assertRefused(launch, "no-space", "not enough inodes at " + stateDirectory());
    }

    /** The state directory itself cannot be made: it is home's log that has the report. */
    @ParameterizedTest
    @MethodSource("shells")
    void update_noInodeForTheStateDirectory_isRefusedAndReportedInHome(List<String> shell) throws Exception {
        Path disk = Files.createDirectory(temporary.resolve("disk"));
        install(home, disk + "/state");
        Files.createDirectory(home.resolve("log"));

        Launch launch = mounted(shell, disk, "nr_inodes=2", "touch a");

        assertThat(launch.err())
                .startsWith("updater: " + disk + "/state cannot be made: No space left on device, but what the updater")
                .contains(" [no-space]\n", UNTOUCHED);
        assertThat(Files.readString(home.resolve("log/updater-report.json")))
                .contains("\"refusal_code\": \"no-space\"");
        assertThat(Files.readString(home.resolve("log/updater.log"))).contains("\"fields\":{\"code\":\"no-space\"}}");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void update_diskThatExecutesNothing_isRefusedNamingTheMount(List<String> shell) throws Exception {
        Path libraries = Files.createDirectory(home.resolve("tmp/latest/updater-runtime/lib"));
        executable(libraries.resolve("jspawnhelper"), "#!/bin/sh\n");

        Launch launch = mounted(shell, stateDirectory(), "noexec", "true");

        assertRefused(launch, "guard-on-noexec", "the file system " + stateDirectory() + " is mounted with noexec");
        assertThat(launch.err()).contains("'mount -o remount,exec " + stateDirectory() + "'");
    }

    /** An update that is unfinished has a report of its own to come. */
    @Test
    void update_refusedWhileAnotherIsUnfinished_leavesItsReport() throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        Path log = Files.createDirectory(home.resolve("log"));
        Files.createDirectories(stateDirectory());
        Files.createFile(stateDirectory().resolve("journal"));

        Launch launch = Launch.of(temporary, List.of(launcher()));

        assertThat(launch.err()).contains(" [staged-tree-missing]\n");
        assertThat(log.resolve("updater-report.json")).doesNotExist();
        assertThat(stateDirectory().resolve("updater-report.json")).doesNotExist();
    }

    /** Code and advice are those of the failure, whatever the names in it. */
    @Test
    void update_directoryNamedAsAFailure_isNotTakenForThat() throws Exception {
        assumeTrue(ROOT);
        Path file = Files.createFile(temporary.resolve("quota: No space left"));
        install(home, file + "/state");

        Launch launch = Launch.of(temporary, List.of(launcher()));

        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.err()).contains(" [state-directory-un").doesNotContain("no-space");
    }

    @Test
    void status_afterARefusalOfTheFirstUpdate_tellsCodeAndAdvice() throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        Files.createDirectory(home.resolve("log"));
        assertThat(Launch.of(temporary, List.of(launcher())).exit()).isEqualTo(5);

        Launch status = Launch.of(temporary, List.of(launcher(), "status"));

        assertThat(status.exit()).isEqualTo(5);
        assertThat(status.out())
                .startsWith("outcome       REFUSED\nreason        no runtime in ")
                .contains("\nadvice        Unpack the update for ", "\nrefusal_code  staged-tree-missing\n");
    }

    /** An agent that is refused again and again pushes nothing else out of the history. */
    @ParameterizedTest
    @MethodSource("shells")
    void update_refused_isInTheHistoryOnce(List<String> shell) throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        List<String> command = new ArrayList<>(shell);
        command.add(launcher());
        for (int times = 0; times < 2; times++) {
            assertThat(Launch.of(temporary, command).exit()).isEqualTo(5);
        }

        Path history = stateDirectory().resolve("history");
        HistoryEntry entry = assertThat(HistoryJson.read(Files.readAllBytes(history)))
                .singleElement()
                .actual();
        assertThat(entry.outcome()).isEqualTo(UpdateReport.Outcome.REFUSED);
        assertThat(entry.refusalCode()).isEqualTo("staged-tree-missing");
        assertThat(entry.reason()).startsWith("no runtime in " + home);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
                .isEqualTo("rw-------");

        Files.writeString(history, "{\"id\":\"torn", StandardOpenOption.APPEND);
        assertThat(Launch.of(temporary, command).exit()).isEqualTo(5);
        assertThat(HistoryJson.read(Files.readAllBytes(history))).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mkdir", "mkfifo"})
    void update_refusedWhereTheHistoryIsNoFile_isRefusedAllTheSame(String make) throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        assertThat(Launch.of(temporary, List.of(launcher())).exit()).isEqualTo(5);
        Path history = stateDirectory().resolve("history");
        Files.delete(history);
        assertThat(new ProcessBuilder(make, history.toString()).start().waitFor())
                .isZero();

        assertThat(Launch.of(temporary, List.of(launcher())).err()).contains(" [staged-tree-missing]\n");
        assertThat(Files.isRegularFile(history)).isFalse();
    }

    /** One enumeration of codes, for the launcher too. */
    @Test
    void codes_ofTheLauncher_areTheUpdaters() throws IOException {
        Set<String> known = new TreeSet<>();
        Pattern.compile("^    ([A-Z_]+)[,;]$", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("../modules/updater.api/src/main/java/updater/api/RefusalCode.java")))
                .results()
                .forEach(match -> known.add(
                        match.group(1).toLowerCase(java.util.Locale.ROOT).replace('_', '-')));
        List<String> used = Pattern.compile(
                        "(?:\\b(?:refuse|discard|set --) |\\bcause=|:-)([a-z]+(?:-[a-z]+)+|sandboxed)\\b")
                .matcher(Files.readString(Path.of("src/main/sh/updater")))
                .results()
                .map(match -> match.group(1))
                .toList();

        assertThat(known).hasSizeGreaterThan(60);
        assertThat(used)
                .contains("no-space", "guard-on-noexec", "sandboxed", "staged-tree-missing", "disk-failed")
                .isSubsetOf(known);
    }

    private Launch mounted(List<String> shell, Path disk, String options, String filled) throws Exception {
        assumeTrue(ROOT);
        Files.createDirectories(disk);
        List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "-m", "/bin/sh", "-c", MOUNTED, "mounted"));
        command.addAll(List.of(
                disk.toString(), options, filled, temporary.resolve("report").toString()));
        command.addAll(shell);
        command.add(launcher());
        return Launch.of(temporary, Map.of("PATH", "/usr/bin:/bin"), command);
    }

    private void assertRefused(Launch launch, String code, String words) throws IOException {
        assertThat(launch.exit()).as(launch.err()).isEqualTo(5);
        assertThat(launch.err()).startsWith("updater: ").contains(words, " [" + code + "]\n" + UNTOUCHED + "         ");
        assertThat(Files.readString(temporary.resolve("report")))
                .startsWith("{\n  \"outcome\": \"REFUSED\",\n")
                .contains("\"refusal_code\": \"" + code + "\"")
                .endsWith("\n}\n");
    }
}
