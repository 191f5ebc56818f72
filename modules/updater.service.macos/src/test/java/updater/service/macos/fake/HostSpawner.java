package updater.service.macos.fake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A spawner of real processes, each in a session and process group of its own. */
public final class HostSpawner implements Spawner {
    private static final int SIGNALLED = 128;

    @Override
    public Child spawn(List<String> argv) throws IOException {
        if (!Files.isExecutable(Path.of(argv.getFirst()))) {
            throw new IOException(argv.getFirst() + " cannot be executed");
        }
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(argv);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        return new Running(builder.start());
    }

    private record Running(Process process) implements Child {
        @Override
        public long pid() {
            return process.pid();
        }

        @Override
        public Optional<End> end() {
            if (process.isAlive()) {
                return Optional.empty();
            }
            int exit = process.exitValue();
            return Optional.of(exit > SIGNALLED ? new End(true, exit - SIGNALLED) : new End(false, exit));
        }

        @Override
        public void terminate() {
            process.destroy();
        }

        @Override
        public void kill() {
            process.destroyForcibly();
        }

        @Override
        public void killGroup() {
            try {
                new ProcessBuilder("sh", "-c", "kill -s KILL -- -" + process.pid() + " 2>/dev/null")
                        .start()
                        .waitFor();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
