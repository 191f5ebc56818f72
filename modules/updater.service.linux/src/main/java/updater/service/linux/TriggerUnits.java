package updater.service.linux;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.Trigger;

/** The text of the trigger's unit files. */
record TriggerUnits(String product, String agent, HomeLayout layout) {
    /**
     * Runs the command through the shell, as the guard's units do. Rolled back (1), another updater is at work (3) and refused
     * (5) are answers, no failures of the host: the agent's user must not be able to have the host called degraded.
     *
     * <p>The pause is what bounds a flood of requests, whatever the version of systemd: it starts the service once more only
     * after it has ended, so neither its limit of starts nor the path unit's limit of triggers, which would end the
     * listening for good, is ever reached. It is here and not in an ExecStopPost, which would hold up a shutdown.
     *
     * <p>A request that was refused and is still the same could not be taken away: home/tmp is a link, say, which root does
     * not follow. Refusing it again and again would cost a virtual machine's start each time. So it is left alone until it
     * is another one, or is gone, or for half an hour: something else may have been mended by then.
     */
    static final String RUN = "request=$1; shift; look() { ls -dLni -- \"$request\" 2>/dev/null; }; before=$(look);"
            + " \"$@\"; code=$?; sleep 10; pauses=0;"
            + " while [ $code = 5 ] && [ $pauses -lt 180 ] && [ -n \"$before\" ] && [ \"$(look)\" = \"$before\" ];"
            + " do sleep 10; pauses=$((pauses + 1)); done;"
            + " case $code in 0 | 1 | 3 | 5) exit 0 ;; esac; exit $code";

    /** Returns the unit that listens. */
    String path() {
        return UnitName.prefix(product) + "-updater.path";
    }

    /** Returns the service that it starts. */
    String service() {
        return UnitName.prefix(product) + "-updater.service";
    }

    List<String> names() {
        return List.of(path(), service());
    }

    /** Returns the contents by unit name, in the order they are to be written: nothing refers to what is not there. */
    Map<String, byte[]> contents(List<String> command) throws UpdateFailure.Service {
        String home = layout.home().toString();
        if (!Stream.concat(Stream.of(product, home), command.stream()).allMatch(UnitFileText::representable)) {
            throw new UpdateFailure.Service(
                    "no unit file can name a path with a control character in it: " + home + ", " + command,
                    "Install the agent in a directory with a printable name");
        }
        String request = (home.endsWith("/") ? home : home + "/") + Trigger.REQUEST;
        List<String> run = Stream.concat(Stream.of("/bin/sh", "-c", RUN, "sh", request), command.stream())
                .toList();
        String name = product.replace("%", "%%");
        String mounts =
                UnitFileText.word(home) + " " + UnitFileText.word(layout.state().toString());
        Map<String, byte[]> contents = new LinkedHashMap<>();
        contents.put(service(), bytes("""
                        [Unit]
                        Description=Update %s on its agent's request
                        RequiresMountsFor=%s
                        # After a boot the agent comes first, and before it the recovery of an interrupted update.
                        After=local-fs.target %s
                        StartLimitIntervalSec=0

                        [Service]
                        Type=oneshot
                        # A oneshot service is given for ever unless it says how long.
                        TimeoutStartSec=3600
                        ExecStart=%s
                        """.formatted(name, mounts, agent, UnitFileText.commandLine(run))));
        contents.put(
                path(),
                // PathExists, and not PathChanged: a request that came while the service ran, or the host was down,
                // counts.
                bytes("""
                        [Unit]
                        Description=Wait for a request to update %s
                        StartLimitIntervalSec=0

                        [Path]
                        PathExists=%s
                        """.formatted(name, request.replace("%", "%%"))));
        return contents;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
