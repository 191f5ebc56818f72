package updater.app;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import updater.api.UpdateFailure;
import updater.app.host.Target;
import updater.transaction.context.Offer;

/** The parser of the command line. By hand: the shipped runtime has no library for it. */
final class ArgumentParser {
    private static final Pattern VERSION_TEXT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");
    private static final int MAX_REASON = 1000;
    private static final String SEE_HELP = "Run 'updater --help' to see all commands and options";

    private ArgumentParser() {}

    /**
     * Returns what {@code args} ask for.
     *
     * @throws UpdateFailure.Usage naming the argument that is unknown, missing its value, given twice or out of place
     */
    static Arguments parse(List<String> args) throws UpdateFailure.Usage {
        Map<Option, String> options = new EnumMap<>(Option.class);
        List<Command> commands = new ArrayList<>();
        Optional<String> subject = Optional.empty();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (arg.equals("--help") || arg.equals("-h")) {
                commands.add(Command.HELP);
            } else if (isVersionCommand(arg, commands)) {
                commands.add(Command.VERSION);
            } else if (arg.startsWith("-")) {
                int equals = arg.indexOf('=');
                Option option = option(equals < 0 ? arg : arg.substring(0, equals));
                String value = equals < 0 ? "" : arg.substring(equals + 1);
                if (!option.hasValue() && equals >= 0) {
                    throw new UpdateFailure.Usage(option.text() + " takes no value", SEE_HELP);
                }
                boolean next = i + 1 < args.size() && !args.get(i + 1).startsWith("-");
                if (option.hasValue() && equals < 0 && next) {
                    value = args.get(++i);
                }
                if (option.hasValue() && value.isEmpty()) {
                    throw new UpdateFailure.Usage(option.text() + " needs a value", SEE_HELP);
                }
                if (options.putIfAbsent(option, value) != null) {
                    throw new UpdateFailure.Usage(option.text() + " is given twice", "Give it once");
                }
            } else if (subject.isEmpty() && takesSubject(commands)) {
                subject = Optional.of(arg);
            } else {
                commands.add(command(arg));
            }
        }
        return of(single(commands), about(commands), options, subject);
    }

    /** Returns whether the next word is what the command is about. */
    private static boolean takesSubject(List<Command> commands) {
        return commands.size() == 1 && commands.getFirst().takesSubject();
    }

    /** Behind {@code apply} and {@code plan}, the word says which version the bundle is. */
    private static boolean isVersionCommand(String arg, List<Command> commands) {
        boolean bundle = commands.contains(Command.APPLY) || commands.contains(Command.PLAN);
        return (arg.equals("--version") && !bundle) || arg.equals("-v");
    }

    private static Arguments of(
            Command command, Optional<Command> about, Map<Option, String> options, Optional<String> subject)
            throws UpdateFailure.Usage {
        for (Option option : options.keySet()) {
            // 'apply' hands the option on to the updater that it becomes.
            boolean alone = option == Option.JSON && command == Command.UPDATE && !options.containsKey(Option.TAKE);
            if (alone || !command.goesWith(option)) {
                throw new UpdateFailure.Usage(
                        option.text() + " does not go with '" + command.word() + "'", goesWith(option));
            }
        }
        if (command == Command.JOURNAL && !options.containsKey(Option.PRINT)) {
            throw new UpdateFailure.Usage(
                    "'journal' does nothing without " + Option.PRINT.text(), "Run 'updater journal --print'");
        }
        if (command == Command.COMPLETION
                && subject.filter(Completion.SHELLS::contains).isEmpty()) {
            throw new UpdateFailure.Usage(
                    "'completion' needs the name of a shell",
                    "Run 'updater completion bash' or 'updater completion zsh'");
        }
        if (command == Command.ALLOW_DOWNGRADE && subject.isEmpty()) {
            throw new UpdateFailure.Usage("'allow-downgrade' needs a version", "Run 'updater allow-downgrade VERSION'");
        }
        return new Arguments(
                command,
                about,
                new Target(
                        path(options, Option.HOME),
                        path(options, Option.PRODUCT),
                        Optional.ofNullable(options.get(Option.SERVICE_MANAGER))),
                options.keySet(),
                command == Command.ALLOW_DOWNGRADE || command == Command.COMPLETION ? subject : Optional.empty(),
                new Arguments.Source(applied(command, options, subject), offer(options)),
                command == Command.HOLD ? Optional.of(holding(options)) : Optional.empty());
    }

    private static Arguments.Holding holding(Map<Option, String> options) throws UpdateFailure.Usage {
        String reason = options.getOrDefault(Option.REASON, "");
        if (reason.length() > MAX_REASON) {
            throw new UpdateFailure.Usage(
                    Option.REASON.text() + " has more than " + MAX_REASON + " characters", "Give a shorter one");
        }
        String until = options.get(Option.UNTIL);
        try {
            return new Arguments.Holding(reason, until == null ? Optional.empty() : Optional.of(instant(until)));
        } catch (DateTimeException e) {
            throw new UpdateFailure.Usage(
                    Option.UNTIL.text() + " is no time: '" + until + "'",
                    "Give a day or a time in UTC, e.g. 2026-12-24 or 2026-12-24T06:00:00Z");
        }
    }

    /** A day is meant to be over. */
    private static Instant instant(String text) {
        return text.indexOf('T') < 0
                ? LocalDate.parse(text).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant()
                : OffsetDateTime.parse(text).toInstant();
    }

    private static Optional<Arguments.Applied> applied(
            Command command, Map<Option, String> options, Optional<String> bundle) throws UpdateFailure.Usage {
        boolean told = options.containsKey(Option.RELEASE) || options.containsKey(Option.OFFERED_VERSION);
        if (command != Command.APPLY && command != Command.PLAN) {
            return Optional.empty();
        }
        if (command == Command.PLAN && bundle.isEmpty() && !told) {
            return Optional.empty();
        }
        if (options.containsKey(Option.REQUEST)) {
            if (bundle.isPresent() || told) {
                throw new UpdateFailure.Usage("the request says what to apply", "Run 'updater apply --request'");
            }
            return Optional.empty();
        }
        if (bundle.isEmpty()) {
            String word = command.word();
            throw new UpdateFailure.Usage("'" + word + "' needs a bundle", "Run 'updater " + word + " BUNDLE'");
        }
        return Optional.of(new Arguments.Applied(
                path("the bundle", bundle.get()),
                path(options, Option.RELEASE),
                version(options, Option.OFFERED_VERSION)));
    }

    private static Optional<String> version(Map<Option, String> options, Option option) throws UpdateFailure.Usage {
        Optional<String> version = Optional.ofNullable(options.get(option));
        if (version.isPresent() && !VERSION_TEXT.matcher(version.get()).matches()) {
            throw new UpdateFailure.Usage(
                    option.text() + " is no version: '" + version.get() + "'",
                    "Give up to 64 letters, digits, dots, underscores, plus and minus signs");
        }
        return version;
    }

    private static Optional<Offer> offer(Map<Option, String> options) throws UpdateFailure.Usage {
        String identity = options.get(Option.TAKE);
        if (identity == null && !options.containsKey(Option.TAKE_VERSION) && !options.containsKey(Option.REQUESTED)) {
            return Optional.empty();
        }
        Optional<Offer> offer = Offer.of(
                identity == null ? "" : identity,
                version(options, Option.TAKE_VERSION).orElse(""));
        if (offer.isEmpty()) {
            throw new UpdateFailure.Usage("this is for 'updater apply' to say", SEE_HELP);
        }
        return offer;
    }

    private static Optional<Path> path(Map<Option, String> options, Option option) throws UpdateFailure.Usage {
        String value = options.get(option);
        return value == null ? Optional.empty() : Optional.of(path(option.text(), value));
    }

    private static Path path(String what, String value) throws UpdateFailure.Usage {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new UpdateFailure.Usage(what + " is not a path: '" + value + "'", SEE_HELP);
        }
    }

    private static Optional<Command> about(List<Command> commands) {
        return commands.stream()
                .filter(command -> commands.contains(Command.HELP))
                .filter(command -> command != Command.HELP && command != Command.VERSION)
                .findFirst();
    }

    private static Command single(List<Command> commands) throws UpdateFailure.Usage {
        if (commands.contains(Command.HELP)) {
            return Command.HELP;
        }
        if (commands.size() > 1) {
            throw new UpdateFailure.Usage(
                    "'" + commands.get(0).word() + "' and '" + commands.get(1).word() + "' cannot be done at once",
                    "Give one command");
        }
        return commands.isEmpty() ? Command.UPDATE : commands.get(0);
    }

    private static Command command(String word) throws UpdateFailure.Usage {
        List<Command> known = Command.words();
        for (Command command : known) {
            if (command.word().equals(word)) {
                return command;
            }
        }
        String advice = word.equals(Command.UPDATE.word())
                ? "Without a command, the updater updates"
                : suggestion(word, known.stream().map(each -> each.word()));
        throw new UpdateFailure.Usage("unknown command '" + word + "'", advice);
    }

    private static Option option(String text) throws UpdateFailure.Usage {
        for (Option option : Option.values()) {
            if (option.text().equals(text)) {
                return option;
            }
        }
        Stream<String> known = Option.forPeople().stream().map(Option::text);
        throw new UpdateFailure.Usage(
                "unknown option '" + text + "'",
                suggestion(text, Stream.concat(Stream.of("--help", "--version"), known)));
    }

    private static String goesWith(Option option) {
        return Stream.of(Command.values())
                .filter(command -> command != Command.HELP && command.goesWith(option))
                .filter(command -> command != Command.UPDATE || option != Option.JSON)
                .map(command -> "'" + command.word() + "'")
                .collect(Collectors.joining(", ", "It goes with ", ""));
    }

    private static String suggestion(String word, Stream<String> known) {
        return Spelling.nearest(word, known)
                .map(candidate -> "Did you mean '" + candidate + "'? " + SEE_HELP)
                .orElse(SEE_HELP);
    }
}
