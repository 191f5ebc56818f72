package updater.service.macos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;

/** The process groups of this host, as {@code ps} lists them. */
record ListedProcessGroups(Commands commands, List<Path> candidates) implements ProcessGroups {
    private static final Duration BOUND = Duration.ofSeconds(10);

    ListedProcessGroups(Commands commands, Path root) {
        this(commands, List.of(root.resolve("bin/ps")));
    }

    @Override
    public List<Long> members(long leader) throws UpdateFailure.Service {
        Optional<Path> ps = commands.find(candidates);
        if (ps.isEmpty()) {
            return List.of();
        }
        Result result = commands.run(List.of(ps.get().toString(), "-A", "-o", "pid=,pgid=,stat="), BOUND);
        List<Long> members = new ArrayList<>();
        for (String line : result.out().lines().toList()) {
            String[] fields = line.strip().split("\\s+", -1);
            if (fields.length >= 3
                    && fields[0].matches("\\d{1,18}")
                    && fields[1].equals(Long.toString(leader))
                    && !fields[2].startsWith("Z")) {
                members.add(Long.parseLong(fields[0]));
            }
        }
        return members;
    }
}
