package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The completion that the packaged updater prints, as it works under the tabulator key of interactive shells on a terminal. */
@SystemTest
final class CompletionSystemTests {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** What is typed, and what the shell then has called the updater with. */
    private static final Map<String, String> COMPLETED = new LinkedHashMap<>();

    static {
        COMPLETED.put("updater ro\\t", "rollback");
        COMPLETED.put("updater rollback --j\\t", "rollback --json");
        COMPLETED.put("updater apply --rel\\t", "apply --release");
        COMPLETED.put("updater completion z\\t", "completion zsh");
        COMPLETED.put("updater hold --re\\tTEXT --u\\t", "hold --reason TEXT --until");
        COMPLETED.put("updater status --give\\t", "status --give");
        COMPLETED.put("updater --vers\\t", "--version");
        COMPLETED.put("updater doctor --home d\\t --j\\t", "doctor --home dir one --json");
        COMPLETED.put("updater apply b\\t", "apply bundle.tar.gz");
        COMPLETED.put("updater plan b\\t --verb\\t", "plan bundle.tar.gz --verbose");
        // By its path, as it lies on most hosts.
        COMPLETED.put("./updater unh\\t", "unhold");
    }

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void tabulator_inAnInteractiveShell_completesCommandsOptionsAndFiles(String shell, Bundles bundles)
            throws Exception {
        Files.createDirectory(directory.resolve("dir one"));
        Files.createFile(directory.resolve("bundle.tar.gz"));
        Path command = Files.writeString(directory.resolve("updater"), "#!/bin/sh\necho \"GOT $* END\"\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));

        List<String> seen = typed(shell, bundles, List.copyOf(COMPLETED.keySet()));

        List<String> expected = new ArrayList<>(COMPLETED.values());
        assertThat(seen).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(seen.get(i).replaceAll("/?( +)(END|--json)", " $2"))
                    .as(shell)
                    .contains("GOT " + expected.get(i) + " END");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void tabulator_whereSeveralCanFollow_listsAllOfThem(String shell, Bundles bundles) throws Exception {
        List<String> seen = typed(shell, bundles, List.of("updater hold --\\t", "updater \\t"));

        assertThat(seen.getFirst()).contains("--home", "--product", "--json", "--reason", "--until", "--help");
        assertThat(seen.getFirst()).doesNotContain("--give-up");
        assertThat(seen.getLast()).contains("apply", "rollback", "plan", "purge", "--version");
    }

    private List<String> typed(String shell, Bundles bundles, List<String> lines) throws IOException {
        Path zsh = Path.of("/usr/bin/zsh");
        assumeTrue(Files.isExecutable(zsh), "zsh makes the terminals");
        Path completion = directory.resolve("completion");
        Path java = bundles.runtimeTree().resolve("updater-runtime/bin/java");
        Command.Result printed =
                Command.run(LIMIT, java.toString(), "-m", "updater.app/updater.app.Main", "completion", shell);
        Files.writeString(completion, printed.ok() + "\n");
        Path driver = Files.writeString(directory.resolve("complete.zsh"), MountHolder.resource("complete.zsh"));
        Path typed = Files.write(directory.resolve("typed"), lines);
        Process process = Command.prepare(
                        List.of(zsh.toString(), "-f", driver.toString(), shell, completion.toString()))
                .directory(directory.toFile())
                .redirectInput(typed.toFile())
                .start();
        return Command.finish(LIMIT, List.of(shell), process).ok().lines().toList();
    }
}
