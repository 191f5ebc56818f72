package updater.api.conformance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/** A host on which no command is installed. */
final class NoCommands implements Commands {
    @Override
    public Optional<Path> find(List<Path> candidates) {
        return Optional.empty();
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        throw new UpdateFailure.Service("no such command: " + argv, "");
    }

    @Override
    public long startDetached(List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
            throws UpdateFailure.Service {
        throw new UpdateFailure.Service("no such command: " + argv, "");
    }
}
