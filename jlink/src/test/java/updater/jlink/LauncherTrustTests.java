package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the launcher runs as root where another user could have had a hand in it, with every shell of this host. A script
 * stands in for the runtime, and tells that it ran.
 */
@EnabledOnOs(OS.LINUX)
class LauncherTrustTests {
    private static final Path LAUNCHER = Path.of(System.getProperty("launcher"));
    private static final int OTHER = 65534;

    @TempDir
    private Path temporary;

    private Path home;
    private Path state;
    private Path runtime;

    @BeforeEach
    void makeHome() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "gives files away");
        home = Files.createDirectory(temporary.resolve("ho me"));
        state = temporary.resolve("state");
        install(home);
        runtime = home.resolve("tmp/latest/updater-runtime");
        standIn(runtime, "staged");
        install(home.resolve("tmp/latest"));
    }

    static Stream<List<String>> shells() {
        return StandInRuntime.shells();
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> shellsAndNames() {
        return shells().flatMap(shell -> Stream.of("", "tmp", "tmp/latest", "tmp/latest/updater-runtime")
                .map(name -> org.junit.jupiter.params.provider.Arguments.of(shell, name)));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void staged_allOfItRoots_runsFromTheStateDirectoryAsACopy(List<String> shell) throws Exception {
        Launch launch = run(shell);

        assertThat(launch.err()).isEmpty();
        assertThat(launch.facts()).containsEntry("which", "staged");
        assertThat(launch.facts().get("program")).startsWith(state + "/runtime-" + launch.pid() + "-");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                .isEqualTo("rwx------");
        Path copy = Path.of(launch.facts().get("program")).resolve("../..").normalize();
        assertThat(copy.resolve("updater"))
                .hasSameBinaryContentAs(home.resolve("tmp/latest").resolve("updater"));
        assertThat(Files.getAttribute(copy.resolve("platform"), "unix:nlink")).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("shells")
    void staged_commandsOtherThanUpdate_neverRunIt(List<String> shell) throws Exception {
        List<String> commands = List.of("status", "doctor", "journal", "recover", "--version", "--help", "-v", "-h");
        for (String command : commands) {
            Launch launch = run(shell, command);

            assertThat(launch.out()).as(command).isEmpty();
            assertThat(launch.exit()).as(command).isEqualTo(5);
        }
        // Nor what lies beside the launcher, as in a state directory or an unpacked update.
        standIn(home.resolve("runtime"), "planted");
        standIn(home.resolve(".updater/runtime"), "planted");
        standIn(state.resolve("runtime-1"), "installed");
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
        Files.createSymbolicLink(state.resolve("runtime"), Path.of("runtime-1"));
        for (String command : commands) {
            assertThat(run(shell, command).facts()).as(command).containsEntry("which", "installed");
        }
    }

    @ParameterizedTest
    @MethodSource("shellsAndNames")
    void staged_directoryOnTheWayIsAnothers_isNotRun(List<String> shell, String name) throws Exception {
        give(home.resolve(name));

        refusedThenInstalled(shell, home.resolve(name).toString(), "belongs to user id " + OTHER);
    }

    @ParameterizedTest
    @MethodSource("shellsAndNames")
    void staged_directoryOnTheWayCanBeWrittenByOthers_isNotRun(List<String> shell, String name) throws Exception {
        Files.setPosixFilePermissions(home.resolve(name), PosixFilePermissions.fromString("rwxrwxr-x"));
        refusedThenInstalled(shell, home.resolve(name).toString(), "can be written by group id 0");

        // The sticky bit helps only above home: new names can be made all the same.
        Files.setAttribute(home.resolve(name), "unix:mode", 01777);
        assertThat(run(shell).err()).contains("can be written by others");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void staged_ancestorIsAnothers_isNotRunUnlessItIsRootsAndSticky(List<String> shell) throws Exception {
        give(temporary);
        assertThat(run(shell).err()).contains(temporary + " belongs to user id " + OTHER);

        Files.setAttribute(temporary, "unix:uid", 0);
        Files.setAttribute(temporary, "unix:mode", 0777);
        assertThat(run(shell).err()).contains(temporary + " can be written by others");

        Files.setAttribute(temporary, "unix:mode", 01777);
        assertThat(run(shell).facts()).containsEntry("which", "staged");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void staged_directoryOnTheWayIsALink_isNotRun(List<String> shell) throws Exception {
        Path moved = Files.move(home.resolve("tmp/latest"), temporary.resolve("moved"));
        Files.createSymbolicLink(home.resolve("tmp/latest"), moved);

        refusedThenInstalled(shell, home.resolve("tmp/latest").toString(), "is a symbolic link");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void staged_entryCouldBeAnothers_isRefusedByNameAndNothingIsLeft(List<String> shell) throws Exception {
        Path file = Files.writeString(runtime.resolve("lib file"), "x");
        give(file);
        refused(shell, runtime + "/lib file, which belongs to user id " + OTHER);

        Files.setAttribute(file, "unix:uid", 0);
        Files.setAttribute(file, "unix:mode", 0666);
        refused(shell, runtime + "/lib file, which can be written by others");

        Files.delete(file);
        Path directory = Files.createDirectory(runtime.resolve("deep"));
        Files.setAttribute(directory, "unix:mode", 01777);
        refused(shell, runtime + "/deep, which can be written by others");

        Files.delete(directory);
        Path link = Files.createSymbolicLink(runtime.resolve("link"), Path.of("platform"));
        refused(shell, runtime + "/link, which is a symbolic link");

        Files.delete(link);
        Launch.of(temporary, List.of("/usr/bin/mkfifo", runtime.resolve("fifo").toString()));
        refused(shell, runtime + "/fifo, which is neither a file nor a directory");

        Files.delete(runtime.resolve("fifo"));
        Files.delete(home.resolve("tmp/latest/updater"));
        Files.createSymbolicLink(home.resolve("tmp/latest/updater"), home.resolve("updater"));
        refused(shell, home + "/tmp/latest/updater, which is a symbolic link");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void staged_fifosInPlaceOfItsFiles_neverBlock(List<String> shell) throws Exception {
        standIn(state.resolve("runtime"), "installed");
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
        install(state);
        Files.writeString(state.resolve("runtime/content"), "1\n");
        Files.createFile(state.resolve("runtime/.complete"));
        for (String name : List.of("platform", "content", "environment", "product.json")) {
            Files.deleteIfExists(runtime.resolve(name));
            Launch.of(
                    temporary, List.of("/usr/bin/mkfifo", runtime.resolve(name).toString()));

            refused(shell, "which is neither a file nor a directory");
            Files.delete(runtime.resolve(name));
            Files.writeString(runtime.resolve(name), name.equals("content") ? "1\n" : "- - - -\n");
        }
    }

    @ParameterizedTest
    @MethodSource("shells")
    void staged_contentIsTheInstalledOne_isNotCopiedAgain(List<String> shell) throws Exception {
        standIn(state.resolve("runtime-1"), "installed");
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
        Files.createSymbolicLink(state.resolve("runtime"), Path.of("runtime-1"));
        Files.createFile(state.resolve("runtime/.complete"));
        install(state);
        Files.writeString(state.resolve("runtime/content"), "1\n");
        Files.writeString(runtime.resolve("content"), "1\n");
        assertThat(run(shell).facts()).containsEntry("which", "installed");

        Files.writeString(runtime.resolve("product.json"), "{}");
        assertThat(run(shell).facts()).containsEntry("which", "staged");

        Files.delete(runtime.resolve("product.json"));
        Files.delete(state.resolve("runtime/.complete"));
        assertThat(run(shell).facts()).containsEntry("which", "staged");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void copies_ofLaunchersThatAreGone_areRemovedAndOthersKept(List<String> shell) throws Exception {
        standIn(state.resolve("runtime-old"), "installed");
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
        Files.createSymbolicLink(state.resolve("runtime"), Path.of("runtime-old"));
        long pid = ProcessHandle.current().pid();
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String birth = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
        Files.createDirectory(state.resolve("runtime-" + pid + "-" + birth));
        // The same number, another process.
        Files.createDirectory(state.resolve("runtime-" + pid + "-1"));
        Files.createDirectory(state.resolve("runtime-99999999-1"));
        Files.createDirectory(state.resolve("runtime-1a2b3c4d-fe"));

        Launch launch = run(shell);

        assertThat(runtimes())
                .containsExactlyInAnyOrder(
                        "runtime-old",
                        "runtime-" + pid + "-" + birth,
                        Path.of(launch.facts().get("program"))
                                .resolve("../..")
                                .normalize()
                                .getFileName()
                                .toString());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void stateDirectory_anotherCanChangeIt_isNotUsed(List<String> shell) throws Exception {
        standIn(state.resolve("runtime"), "planted");
        Files.setAttribute(state, "unix:mode", 0757);
        notTrusted(shell, state + " can be written by others");

        Files.setAttribute(state, "unix:mode", 0700);
        give(state);
        notTrusted(shell, state + " belongs to user id " + OTHER + ", not to root");

        Path moved = Files.move(state, temporary.resolve("moved"));
        Files.setAttribute(moved, "unix:uid", 0);
        Files.createSymbolicLink(state, moved);
        Files.setAttribute(state, "unix:uid", OTHER, java.nio.file.LinkOption.NOFOLLOW_LINKS);
        notTrusted(shell, state + " is a symbolic link that does not belong to root");

        // Root's own link is root's decision.
        Files.setAttribute(state, "unix:uid", 0, java.nio.file.LinkOption.NOFOLLOW_LINKS);
        assertThat(run(shell).facts().get("program")).startsWith(moved + "/runtime-");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void refusal_leavesALineInTheLogThatNobodyCanLeadElsewhere(List<String> shell) throws Exception {
        Path log = Files.createDirectory(home.resolve("log"));
        give(runtime);
        run(shell);
        assertThat(Files.readString(log.resolve("updater.log")))
                .startsWith("{\"time\":\"2")
                .contains("\"level\":\"error\",\"logger\":\"updater.launcher\"")
                .contains("updater-runtime belongs to user id " + OTHER)
                .endsWith(",\"fields\":{\"code\":\"runtime-untrusted\"}}\n");

        Path victim = Files.writeString(temporary.resolve("victim"), "as it was");
        Files.delete(log.resolve("updater.log"));
        Files.createSymbolicLink(log.resolve("updater.log"), victim);
        run(shell);
        Files.delete(log.resolve("updater.log"));
        Files.createLink(log.resolve("updater.log"), victim);
        run(shell);
        Files.delete(log.resolve("updater.log"));
        give(log);
        run(shell);

        assertThat(victim).hasContent("as it was");
        assertThat(log.resolve("updater.log")).doesNotExist();
        assertThat(Files.readAllLines(state.resolve("launcher.log"))).hasSize(3);
    }

    @ParameterizedTest
    @MethodSource("shells")
    void messages_namesThatControlTerminals_areShownHarmless(List<String> shell) throws Exception {
        Path odd = Files.createDirectory(temporary.resolve("a\u001b[31m\u009b2J\u202eb\nupdater: all is well"));
        install(odd);
        standIn(odd.resolve("tmp/latest/updater-runtime"), "staged");
        give(odd.resolve("tmp"));

        Launch launch =
                Launch.of(temporary, command(shell, odd.resolve("updater").toString()));

        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.err()).matches("updater: [ -~]+\n {9}Nothing [ -~]+\n {9}Let root own [ -~]+\n");
        assertThat(Files.readString(state.resolve("launcher.log")).strip()).matches("[ -~]+");
        assertThat(Files.readString(state.resolve("updater-report.json"))).matches("[ -~\n]+");
    }

    private void refusedThenInstalled(List<String> shell, String... words) throws Exception {
        Launch alone = run(shell);
        assertThat(alone.exit()).isEqualTo(5);
        assertThat(alone.out()).isEmpty();
        assertThat(alone.err()).contains(words);
        assertThat(runtimes()).isEmpty();

        standIn(state.resolve("runtime-1"), "installed");
        Files.createSymbolicLink(state.resolve("runtime"), Path.of("runtime-1"));
        Launch launch = run(shell);
        assertThat(launch.facts()).containsEntry("which", "installed");
        assertThat(launch.err().lines()).hasSize(1);
        assertThat(launch.err()).contains(words);
        new ImageFiles(state.resolve("runtime-1")).remove();
        Files.delete(state.resolve("runtime"));
    }

    private void refused(List<String> shell, String words) throws Exception {
        List<String> before = runtimes();
        Launch launch = run(shell);
        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err()).contains("root would execute ").contains(words);
        assertThat(runtimes()).isEqualTo(before);
    }

    private void notTrusted(List<String> shell, String words) throws Exception {
        for (String command : List.of("update", "recover", "doctor", "--version")) {
            Launch launch = command.equals("update") ? run(shell) : run(shell, command);
            assertThat(launch.exit()).isEqualTo(5);
            assertThat(launch.out()).isEmpty();
            assertThat(launch.err()).contains(words + ", but what the updater trusts is kept in or below it");
        }
    }

    private Launch run(List<String> shell, String... arguments) throws IOException, InterruptedException {
        return Launch.of(temporary, command(shell, home.resolve("updater").toString(), arguments));
    }

    private static List<String> command(List<String> shell, String launcher, String... arguments) {
        List<String> command = new ArrayList<>(shell);
        command.add(launcher);
        command.addAll(List.of(arguments));
        return command;
    }

    private List<String> runtimes() throws IOException {
        if (Files.notExists(state)) {
            return List.of();
        }
        try (Stream<Path> names = Files.list(state)) {
            return names.map(name -> name.getFileName().toString())
                    .filter(name -> name.startsWith("runtime-"))
                    .sorted()
                    .toList();
        }
    }

    private static void give(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", OTHER);
    }

    private void install(Path directory) throws IOException {
        Path file = directory.resolve("updater");
        Files.writeString(
                file,
                Files.readString(LAUNCHER)
                        .replaceFirst("(?m)^state_directory='.*'$", "state_directory='" + state + "'"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private static void standIn(Path runtime, String which) throws IOException {
        Files.createDirectories(runtime.resolve("bin"));
        Files.writeString(runtime.resolve("platform"), "- - - -\n");
        Path java = Files.writeString(
                runtime.resolve("bin/java"), "#!/bin/sh\necho program=$0\necho which=" + which + "\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
