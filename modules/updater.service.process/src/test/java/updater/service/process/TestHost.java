package updater.service.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import updater.api.Ticker;
import updater.api.service.Commands;
import updater.processes.fixture.RealHost;

/** A home with an agent that this provider runs, on this very host. */
final class TestHost extends RealHost {
    static final Duration GUARD_PERIOD = Duration.ofMillis(50);

    TestHost(Path directory) throws IOException {
        super(directory);
    }

    ProcessService service() {
        return service(ProcessHandle.current().pid());
    }

    ProcessService service(Commands those, Ticker clock) {
        return new ProcessService(context(ProcessHandle.current().pid(), those, clock), processes, GUARD_PERIOD);
    }

    ProcessService service(long updater) {
        return new ProcessService(context(updater), processes, GUARD_PERIOD);
    }

    /** Installs a definition that runs a shell script. */
    void installAgent(String script, String... more) throws IOException {
        Path program = home.resolve("agent");
        Files.writeString(program, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(home.resolve("agent.process"), definition(more));
    }

    static String definition(String... more) {
        return "command = [INSTALLDIR]agent --config \"a b\"\n" + String.join("\n", more) + "\n";
    }

    Path pidFile() {
        return home.resolve("log/agent.pid");
    }

    long recordedPid() throws IOException {
        return Long.parseLong(Files.readAllLines(pidFile()).getFirst());
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
