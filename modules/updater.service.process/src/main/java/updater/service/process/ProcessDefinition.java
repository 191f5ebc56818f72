package updater.service.process;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.UpdatedFiles;

/**
 * The way an agent is run, as read from its definition file.
 *
 * <p>The file is UTF-8, one {@code key = value} a line; blank lines and lines that begin with {@code #} are skipped.
 * There are no escapes and no continued lines. {@code [INSTALLDIR]} in a value stands for home with a trailing
 * separator, {@code [USER]} and {@code [GROUP]} for whom the agent is run as; they are expanded when the file is read, after a command was split, so a home with spaces needs no quotes.
 *
 * <table>
 * <caption>Keys</caption>
 * <tr><th>key</th><th>value</th></tr>
 * <tr><td>{@code command}</td><td>required: program by absolute path, and arguments; split at white space outside
 * {@code "…"} and {@code '…'}</td></tr>
 * <tr><td>{@code directory}</td><td>working directory; default home</td></tr>
 * <tr><td>{@code environment.NAME}</td><td>one variable; nothing is inherited, and {@code PATH} has a default</td></tr>
 * <tr><td>{@code pid-file}</td><td>default <code>[INSTALLDIR]log/<i>service</i>.pid</code></td></tr>
 * <tr><td>{@code output}</td><td>what standard output and error are appended to; default
 * <code>[INSTALLDIR]log/<i>service</i>.out</code></td></tr>
 * <tr><td>{@code stop-timeout-ms}</td><td>how long after {@code SIGTERM} it is killed, in milliseconds; default
 * 10000</td></tr>
 * </table>
 */
record ProcessDefinition(
        List<String> command,
        Path directory,
        Map<String, String> environment,
        Path pidFile,
        Path output,
        Duration stopTimeout) {

    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final String DEFAULT_STOP_TIMEOUT = "10000";
    private static final String ENVIRONMENT = "environment.";
    private static final Set<String> KEYS = Set.of("command", "directory", "pid-file", "output", "stop-timeout-ms");

    ProcessDefinition {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /**
     * Parses a definition.
     *
     * @param source where the bytes come from, for messages
     * @param placeholders puts in what placeholders stand for
     * @throws UpdateFailure.Refused with the line or key and what was expected
     */
    static ProcessDefinition parse(
            byte[] bytes, Path source, Path home, String service, UnaryOperator<String> placeholders)
            throws UpdateFailure.Refused {
        return new Reader(source, home, service, placeholders, new HashMap<>()).read(bytes);
    }

    /** Refuses what could not be started although what is installed can. */
    void requireMet(String service, ProcessDefinition installed, UpdatedFiles files) throws UpdateFailure.Refused {
        Optional<String> problem = Optional.of(command.getFirst())
                .filter(program -> !program.equals(installed.command().getFirst()))
                .flatMap(files::notExecutable)
                .map(why -> "of its command, " + why)
                .or(() -> Optional.of(directory)
                        .filter(other -> !other.equals(installed.directory()))
                        .flatMap(other -> files.noDirectory(other.toString()))
                        .map(why -> "of its directory, " + why));
        if (problem.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_UNMET,
                    "by its new definition " + service + " could not be started here: " + problem.get(),
                    "Make what it asks for, or build the bundle again");
        }
    }

    private record Reader(
            Path source, Path home, String service, UnaryOperator<String> placeholders, Map<String, String> values) {
        ProcessDefinition read(byte[] bytes) throws UpdateFailure.Refused {
            collect(decode(bytes));
            return new ProcessDefinition(
                    command(),
                    path("directory", "[INSTALLDIR]"),
                    environment(),
                    path("pid-file", "[INSTALLDIR]log/" + service + ".pid"),
                    path("output", "[INSTALLDIR]log/" + service + ".out"),
                    stopTimeout());
        }

        private String decode(byte[] bytes) throws UpdateFailure.Refused {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            } catch (CharacterCodingException e) {
                throw refuse("is not UTF-8");
            }
        }

        private void collect(String text) throws UpdateFailure.Refused {
            int number = 0;
            for (String line : text.lines().toList()) {
                number++;
                String content = line.strip();
                if (!content.isEmpty() && !content.startsWith("#")) {
                    collectLine(content, number);
                }
            }
        }

        private void collectLine(String line, int number) throws UpdateFailure.Refused {
            int equals = line.indexOf('=');
            if (equals < 0) {
                throw refuse("line " + number + " is not 'key = value'");
            }
            String key = line.substring(0, equals).strip();
            String value = line.substring(equals + 1).strip();
            boolean variable = key.startsWith(ENVIRONMENT)
                    && key.substring(ENVIRONMENT.length()).matches("[A-Za-z_][A-Za-z0-9_]*");
            if (!variable && !KEYS.contains(key)) {
                throw refuse("line " + number + " has the unknown key '" + key + "'; expected one of "
                        + KEYS.stream().sorted().toList() + " or environment.NAME");
            }
            if (value.indexOf('\0') >= 0) {
                throw refuse("line " + number + " holds a NUL character");
            }
            if (values.putIfAbsent(key, value) != null) {
                throw refuse("line " + number + " repeats the key '" + key + "'");
            }
        }

        private List<String> command() throws UpdateFailure.Refused {
            Optional<List<String>> words = CommandWords.split(values.getOrDefault("command", ""));
            if (words.isEmpty()) {
                throw refuse("has a quote in command that is not closed");
            }
            List<String> command = words.get().stream().map(placeholders).toList();
            if (command.isEmpty()) {
                throw refuse("has no command");
            }
            absolute("command", command.getFirst());
            return command;
        }

        private Path path(String key, String fallback) throws UpdateFailure.Refused {
            return absolute(key, placeholders.apply(values.getOrDefault(key, fallback)));
        }

        private Path absolute(String key, String value) throws UpdateFailure.Refused {
            try {
                Path path = home.getFileSystem().getPath(value);
                if (path.isAbsolute()) {
                    return path.normalize();
                }
            } catch (InvalidPathException e) {
                throw refuse("has a " + key + " that is no path: " + e.getMessage());
            }
            throw refuse("has the " + key + " '" + value + "'; expected an absolute path or [INSTALLDIR]…");
        }

        private Map<String, String> environment() {
            Map<String, String> environment = new HashMap<>();
            environment.put("PATH", DEFAULT_PATH);
            values.forEach((key, value) -> {
                if (key.startsWith(ENVIRONMENT)) {
                    environment.put(key.substring(ENVIRONMENT.length()), placeholders.apply(value));
                }
            });
            return environment;
        }

        private Duration stopTimeout() throws UpdateFailure.Refused {
            String value = values.getOrDefault("stop-timeout-ms", DEFAULT_STOP_TIMEOUT);
            if (!value.matches("[0-9]{1,7}")) {
                throw refuse("has the stop-timeout-ms '" + value + "'; expected milliseconds from 0 to 9999999");
            }
            return Duration.ofMillis(Long.parseLong(value));
        }

        private UpdateFailure.Refused refuse(String problem) {
            return new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_INVALID,
                    "the process definition " + source + " " + problem,
                    "Correct it, or ask whoever built the bundle");
        }
    }
}
