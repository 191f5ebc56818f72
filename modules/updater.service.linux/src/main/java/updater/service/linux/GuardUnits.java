package updater.service.linux;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.Guard;

/** The text of the guard's unit files. */
record GuardUnits(String product, String agent, HomeLayout layout) {
    /**
     * Runs the command through the shell: SELinux's targeted policy lets systemd execute a shell, but no file that is
     * labelled as data, which is what lies below /var/lib. Nor do all versions take quotes in an executable's path.
     *
     * <p>The shell also says what is a success (1: rolled back, the old version is back; 3: the updater is still at work;
     * 5: nothing had been touched), and believes neither that nor a 0 while the journal is still there: a virtual machine
     * that could not start ends with 1 as well. A SuccessExitStatus would not do: the command removes these very units and
     * reloads the manager, which then no longer knows of it, and would keep a failed unit without a file.
     */
    private static final String RUN =
            "\"$@\"; code=$?; case $code in 3) exit 0 ;; 0 | 1 | 5) [ -e \"$0\" ] || [ -h \"$0\" ] || exit 0; exit 4 ;; esac;"
                    + " exit $code";

    /** Returns the service that runs at boot. */
    String boot() {
        return UnitName.prefix(product) + "-updater-recover.service";
    }

    String timer() {
        return UnitName.prefix(product) + "-updater-guard.timer";
    }

    /** Returns the service the timer starts. */
    String timed() {
        return UnitName.prefix(product) + "-updater-guard.service";
    }

    List<String> names() {
        return List.of(timer(), timed(), boot());
    }

    /** Returns the contents by unit name, in the order they are to be written: nothing refers to what is not there. */
    Map<String, byte[]> contents(List<String> command) throws UpdateFailure.Service {
        String home = layout.home().toString();
        String state = layout.state().toString();
        if (!Stream.concat(Stream.of(product, home, state), command.stream()).allMatch(UnitFileText::representable)) {
            throw new UpdateFailure.Service(
                    "no unit file can name a path with a control character in it: " + home + ", " + command,
                    "Install the agent in a directory with a printable name");
        }
        List<String> shell = List.of("/bin/sh", "-c", RUN, layout.journal().toString());
        List<String> recover = Stream.concat(shell.stream(), command.stream()).toList();
        List<String> atBoot =
                Stream.concat(recover.stream(), Stream.of(Guard.AT_BOOT)).toList();
        String mounts = UnitFileText.word(home) + " " + UnitFileText.word(state);
        String run = """
                [Unit]
                Description=%s
                RequiresMountsFor=%s
                After=local-fs.target
                # A guard that was started often must not be refused when it is needed.
                StartLimitIntervalSec=0
                %s
                [Service]
                Type=oneshot
                # A oneshot service is given for ever unless it says how long.
                TimeoutStartSec=%d
                ExecStart=%s
                """;
        String description = "Finish or undo an interrupted update of " + product.replace("%", "%%");
        Map<String, byte[]> contents = new LinkedHashMap<>();
        contents.put(timed(), bytes(run.formatted(description, mounts, "", 900, UnitFileText.commandLine(recover))));
        contents.put(timer(), bytes("""
                        [Unit]
                        Description=%s

                        [Timer]
                        OnActiveSec=15
                        OnUnitActiveSec=15
                        # systemd's own default is a minute.
                        AccuracySec=100ms
                        """.formatted(description)));
        // At boot the agent waits meanwhile; what takes longer is left to the timer.
        String order = "Before=" + agent + "\nWants=" + timer() + "\n";
        contents.put(
                boot(),
                bytes(run.formatted(description + " at boot", mounts, order, 90, UnitFileText.commandLine(atBoot))));
        return contents;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
