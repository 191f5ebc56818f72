package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.service.Commands;
import updater.api.service.HostFiles;

/** A {@code schtasks.exe} that keeps each task as a file, as the Task Scheduler does. */
final class FakeScheduler implements Commands {
    private final HostFiles files;
    private final Path system32;

    /** The arguments of every run. */
    final List<List<String>> ran = new ArrayList<>();

    /** What every run ends with but does nothing, when it is there. */
    Optional<Result> refuses = Optional.empty();

    FakeScheduler(HostFiles files, Path system32) {
        this.files = files;
        this.system32 = system32;
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return candidates.stream().findFirst();
    }

    @Override
    public Result run(List<String> argv, Duration bound) {
        try {
            return run(argv);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Result run(List<String> argv) throws IOException {
        assertThat(argv.getFirst()).isEqualTo(system32.resolve("schtasks.exe").toString());
        List<String> arguments = argv.subList(1, argv.size());
        ran.add(arguments);
        if (refuses.isPresent()) {
            return refuses.get();
        }
        Path task = system32.resolve("Tasks").resolve(arguments.get(2).substring(1));
        assertThat(arguments.get(1)).isEqualTo("/TN");
        assertThat(arguments.getLast()).isEqualTo("/F");
        return switch (arguments.getFirst()) {
            case "/Create" -> create(task, task.getFileSystem().getPath(arguments.get(4)));
            case "/Delete" -> delete(task);
            default -> throw new IllegalArgumentException(arguments.toString());
        };
    }

    private Result create(Path task, Path description) throws IOException {
        byte[] xml = files.read(description).orElseThrow();
        assertThat(new String(xml, StandardCharsets.UTF_16LE))
                .startsWith("\uFEFF<?xml version=\"1.0\" encoding=\"UTF-16\"?>");
        files.write(task, xml, 0644);
        return new Result(0, "SUCCESS: The scheduled task was created.", "");
    }

    private Result delete(Path task) throws IOException {
        if (files.read(task).isEmpty()) {
            return new Result(1, "", "FEHLER: Das System kann die angegebene Datei nicht finden.");
        }
        files.delete(task);
        return new Result(0, "SUCCESS", "");
    }

    @Override
    public long startDetached(
            List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
        throw new UnsupportedOperationException("the service control manager starts what is to be started");
    }
}
