package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.JsonForm.integer;
import static updater.state.document.JsonForm.millis;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.strict;

import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import updater.api.Probe;
import updater.api.VendorCommands;
import updater.json.Json;
import updater.json.JsonNode;
import updater.json.JsonShapeException;

/** The JSON form of health probes: an array of objects with one member each, which names the kind of probe. */
final class ProbeJson {
    private static final int MAX_PROBES = 16;
    private static final int MAX_WORDS = 256;
    private static final int OK = 200;
    private static final int LEAST_STATUS = 200;
    private static final int MOST_STATUS = 599;
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\]", Pattern.CASE_INSENSITIVE);
    private static final String ON_LOOPBACK =
            "an http or https URL on a loopback address: localhost, 127.0.0.0/8 or [::1]";

    private static final JsonForm<URI> URL =
            TEXT.as(URI::create, URI::toString, ON_LOOPBACK).where(ProbeJson::isOnLoopback, ON_LOOPBACK);

    private static final Pattern HOOK =
            Pattern.compile(Pattern.quote(VendorCommands.HOOKS) + "[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");

    /** The form of a command's words. {@code [INSTALLDIR]} and the like are part of a word. */
    static final JsonForm<List<String>> WORDS = TEXT.where(
                    word -> word.length() <= 4096 && word.indexOf('\0') < 0, "a word of at most 4096 characters")
            .list()
            .where(ProbeJson::isCommand, "a command by absolute path, or by one that begins with [, and its arguments");

    private static final JsonForm<Probe.Report> REPORT = strict(v -> new Probe.Report());
    private static final JsonForm<Probe.Ready> READY = strict(v -> new Probe.Ready());
    private static final JsonForm<Probe.Running> RUNNING =
            strict(v -> new Probe.Running(v.next()), field("for-ms", millis(1), Probe.Running::time));
    private static final JsonForm<Probe.Http> HTTP = strict(
            v -> new Probe.Http(v.next(), v.next(), v.next()),
            field("url", URL, Probe.Http::url),
            field("status", integer(LEAST_STATUS, MOST_STATUS), Probe.Http::status, OK),
            field(
                    "contains",
                    TEXT.where(text -> !text.isEmpty() && text.length() <= 1024, "a text of 1 to 1024 characters")
                            .<Optional<String>>as(Optional::of, Optional::orElseThrow, "a text"),
                    Probe.Http::contains,
                    Optional.empty()));
    private static final JsonForm<Probe.Command> COMMAND = strict(
            v -> new Probe.Command(v.next(), v.next()),
            field("argv", WORDS, Probe.Command::argv),
            field("timeout-ms", millis(1), Probe.Command::bound, Duration.ofSeconds(5)));

    /** The form of the commands of a rehearsal. */
    static final JsonForm<List<Probe.Command>> REHEARSAL = commands(WORDS);

    /** The form of hooks: root runs them, so that each is a program of the bundle, which root has a copy of. */
    static final JsonForm<List<Probe.Command>> HOOKS = commands(WORDS.where(
            words -> HOOK.matcher(words.getFirst()).matches(),
            "a program of the bundle's hooks, " + VendorCommands.HOOKS + " followed by its name, and its arguments"));

    private static final String STATUS_FILE_KIND = "status-file";
    private static final String HTTP_KIND = "http";
    private static final String COMMAND_KIND = "command";
    private static final String READY_KIND = "ready";
    private static final String RUNNING_KIND = "running";
    private static final Set<String> KINDS =
            Set.of(STATUS_FILE_KIND, HTTP_KIND, COMMAND_KIND, READY_KIND, RUNNING_KIND);
    private static final String EXPECTED = "an object with one of " + STATUS_FILE_KIND + ", " + HTTP_KIND + ", "
            + COMMAND_KIND + ", " + READY_KIND + ", " + RUNNING_KIND;

    private static final JsonForm<Probe> PROBE = new JsonForm<>(ProbeJson::read, ProbeJson::write);

    /** The form of all probes of a product. */
    static final JsonForm<List<Probe>> PROBES = PROBE.list()
            .where(all -> !all.isEmpty() && all.size() <= MAX_PROBES, "1 to " + MAX_PROBES + " probes")
            .where(all -> new HashSet<>(all).size() == all.size(), "different probes");

    private ProbeJson() {}

    private static JsonForm<List<Probe.Command>> commands(JsonForm<List<String>> words) {
        return strict(
                        (RecordForm.Values v) -> new Probe.Command(v.next(), v.next()),
                        field("argv", words, Probe.Command::argv),
                        field("timeout-ms", millis(1), Probe.Command::bound, Duration.ofSeconds(10)))
                .list()
                .where(all -> all.size() <= MAX_PROBES, "at most " + MAX_PROBES + " commands");
    }

    private static Probe read(JsonNode node) throws JsonShapeException {
        node.allowOnly(KINDS);
        Map<String, JsonNode> members = node.members();
        if (members.size() != 1) {
            throw node.expected(EXPECTED);
        }
        Map.Entry<String, JsonNode> only = members.entrySet().iterator().next();
        JsonForm<? extends Probe> form = switch (only.getKey()) {
            case STATUS_FILE_KIND -> REPORT;
            case HTTP_KIND -> HTTP;
            case COMMAND_KIND -> COMMAND;
            case READY_KIND -> READY;
            default -> RUNNING;
        };
        return form.read(only.getValue());
    }

    private static Json write(Probe probe) {
        return switch (probe) {
            case Probe.Report report -> member(STATUS_FILE_KIND, REPORT.write(report));
            case Probe.Http http -> member(HTTP_KIND, HTTP.write(http));
            case Probe.Command command -> member(COMMAND_KIND, COMMAND.write(command));
            case Probe.Ready ready -> member(READY_KIND, READY.write(ready));
            case Probe.Running running -> member(RUNNING_KIND, RUNNING.write(running));
        };
    }

    private static Json member(String kind, Json value) {
        return new Json.Members(Map.of(kind, value));
    }

    private static boolean isOnLoopback(URI url) {
        return ("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()))
                && url.getHost() != null
                && LOOPBACK.matcher(url.getHost()).matches()
                && url.getUserInfo() == null
                && url.getFragment() == null;
    }

    private static boolean isCommand(List<String> words) {
        return !words.isEmpty()
                && words.size() <= MAX_WORDS
                && (words.getFirst().startsWith("/") || words.getFirst().startsWith("["));
    }
}
