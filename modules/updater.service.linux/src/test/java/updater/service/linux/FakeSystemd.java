package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/**
 * A systemd that answers as systemctl does, from a table of units, and follows a script for everything that is not
 * {@code show}.
 */
final class FakeSystemd implements Commands {
    /** What a verb does: its effect on the table, and its result. */
    @FunctionalInterface
    interface Effect {
        Result run(List<String> arguments) throws UpdateFailure.Service;
    }

    static final Result DONE = new Result(0, "", "");

    private final Map<String, Map<String, String>> units = new HashMap<>();
    private final Map<String, Effect> effects = new HashMap<>();

    /** Everything that ran but {@code show}, without the directory of the command. */
    final List<String> ran = new ArrayList<>();

    /** Brings the table up to date. */
    Runnable beforeShow = () -> {};

    final List<Duration> bounds = new ArrayList<>();
    int shown;
    List<String> missing = List.of();

    FakeSystemd unit(String name, String... properties) {
        Map<String, String> table = units.computeIfAbsent(name, key -> new HashMap<>());
        for (String property : properties) {
            int equals = property.indexOf('=');
            table.put(property.substring(0, equals), property.substring(equals + 1));
        }
        return this;
    }

    FakeSystemd on(String verb, Effect effect) {
        effects.put(verb, effect);
        return this;
    }

    static Result failed(int exit, String message) {
        return new Result(exit, "", message);
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return candidates.stream()
                .filter(path -> !missing.contains(path.getFileName().toString()))
                .findFirst();
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        String command = Path.of(argv.getFirst()).getFileName().toString();
        String verb = command.equals("systemctl") ? argv.get(1) : command;
        List<String> arguments = argv.subList(command.equals("systemctl") ? 2 : 1, argv.size());
        if (verb.equals("show") && !effects.containsKey(verb)) {
            shown++;
            beforeShow.run();
            return show(arguments);
        }
        ran.add(verb + " " + String.join(" ", arguments));
        bounds.add(bound);
        return effects.getOrDefault(verb, ignored -> DONE).run(arguments);
    }

    private Result show(List<String> arguments) {
        List<String> properties = List.of(arguments.get(1).split(","));
        return new Result(
                0,
                arguments.subList(3, arguments.size()).stream()
                        .map(name -> show(name, properties))
                        .collect(Collectors.joining("\n")),
                "");
    }

    private String show(String name, List<String> properties) {
        Map<String, String> table = units.getOrDefault(
                name, Map.of("LoadState", "not-found", "ActiveState", "inactive", "SubState", "dead"));
        return properties.stream()
                .filter(property -> property.equals("Id") || table.containsKey(property))
                .flatMap(property ->
                        table.getOrDefault(property, name).lines().map(value -> property + "=" + value + "\n"))
                .collect(Collectors.joining());
    }

    @Override
    public long startDetached(
            List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
        throw new UnsupportedOperationException("no service manager of Linux needs it");
    }
}
