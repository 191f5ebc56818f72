package updater.transaction.world;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/**
 * Commands that are recorded and not run. All of them succeed.
 *
 * @param ran receives each command, its words separated by spaces
 */
record FakeCommands(List<String> ran) implements Commands {
    @Override
    public Optional<Path> find(List<Path> candidates) {
        return Optional.empty();
    }

    @Override
    public Result run(List<String> argv, Duration bound) {
        ran.add(String.join(" ", argv));
        return new Result(0, "", "");
    }

    @Override
    public long startDetached(List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
            throws UpdateFailure.Service {
        throw new UpdateFailure.Service("not expected: " + argv, "");
    }
}
