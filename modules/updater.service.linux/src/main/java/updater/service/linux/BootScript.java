package updater.service.linux;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.service.Guard;
import updater.processes.Shell;

/** The text of what the guard runs at boot, a function {@code recover} in shell. */
record BootScript(String product, HomeLayout layout) {
    /**
     * Waits for the recovery, as the agent does meanwhile, but not for ever: what takes longer than 90 s is ended and left to
     * the loop, as the systemd guard does. The loop is in a session of its own where the host allows that.
     */
    private static final String RECOVER = """
            recover() {
                [ -e %1$s ] || return 0
                write_pid_file %2$s
                if command -v setsid >/dev/null 2>&1; then
                    setsid %3$s </dev/null >/dev/null 2>&1 &
                else
                    %3$s </dev/null >/dev/null 2>&1 &
                fi
                %4$s </dev/null >/dev/null 2>&1 &
                recovery=$!
                turns=0
                while kill -0 "$recovery" 2>/dev/null && [ "$turns" -lt 900 ]; do
                    sleep 0.1 2>/dev/null || { sleep 1; turns=$((turns + 9)); }
                    turns=$((turns + 1))
                done
                kill "$recovery" 2>/dev/null
                rm -f %2$s
                return 0
            }
            """;

    /** Returns the name of the script and of its service. */
    String name() {
        return UnitName.prefix(product) + "-updater-recover";
    }

    /** Returns the file that names the process of a boot that waits for the recovery. */
    static Path waiting(HomeLayout layout) {
        return layout.state().resolve("guard.boot");
    }

    String description() {
        return "Finish or undo an interrupted update of " + product.replaceAll("\\p{Cntrl}", " ");
    }

    /** Returns the functions. */
    String functions(Path marker, List<String> command, List<String> loop) {
        List<String> atBoot =
                Stream.concat(command.stream(), Stream.of(Guard.AT_BOOT)).toList();
        return Shell.WRITE_PID_FILE
                + RECOVER.formatted(
                        word(marker.toString()), word(waiting(layout).toString()), words(loop), words(atBoot));
    }

    private static String words(List<String> argv) {
        return argv.stream().map(BootScript::word).collect(Collectors.joining(" "));
    }

    /** Between single quotes everything stands for itself, but for the quote. */
    static String word(String value) {
        return "'" + value.replace("'", "'\\''") + "'";
    }
}
