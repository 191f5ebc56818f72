package updater.transaction.world;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/**
 * Commands that are recorded and not run. All of them succeed but those that are to fail.
 *
 * @param ran receives each command, its words separated by spaces
 * @param failing names of programs that end with 1
 */
public record FakeCommands(List<String> ran, Set<String> failing) implements Commands {
    FakeCommands(List<String> ran) {
        this(ran, Set.of());
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return Optional.empty();
    }

    @Override
    public Result run(List<String> argv, Duration bound) {
        ran.add(String.join(" ", argv));
        String program = argv.getFirst();
        return new Result(failing.contains(program.substring(program.lastIndexOf('/') + 1)) ? 1 : 0, "", "");
    }

    @Override
    public long startDetached(List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
            throws UpdateFailure.Service {
        throw new UpdateFailure.Service("not expected: " + argv, "");
    }
}
