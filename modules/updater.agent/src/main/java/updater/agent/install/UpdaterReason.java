package updater.agent.install;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.json.Printable;

/** Why an update did not come about, in the updater's own words. */
public final class UpdaterReason {
    private static final int REPORT_BYTES = 1 << 20;
    private static final int CONSOLE_BYTES = 16 << 10;
    private static final int MESSAGE_CHARS = 1000;
    private static final String PREFIX = "updater: ";

    private UpdaterReason() {}

    /**
     * Returns the reason that the report gives, where it is about an update to that version, or about any that ended not
     * before a moment.
     */
    public static Optional<String> inReport(Path home, String version, Instant since) {
        try {
            Path file = home.resolve("log").resolve("updater-report.json");
            JsonNode report = JsonNode.root(JsonText.parse(read(file, REPORT_BYTES), JsonText.Strictness.LENIENT));
            Optional<String> reason = report.optionalText("reason").filter(text -> !text.isEmpty());
            String to = report.optionalText("to_version").orElse("");
            Instant finished = Instant.parse(report.optionalText("finished_at").orElse(""));
            boolean about = to.equals(version) || to.isEmpty();
            return about && !finished.isBefore(since) ? reason.map(UpdaterReason::shown) : Optional.empty();
        } catch (IOException | JsonShapeException | DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Returns what a launched updater said last on its console, advice included; empty when it said nothing. */
    public static Optional<String> onConsole(LaunchedUpdater updater) {
        try {
            String text = new String(read(updater.console(), CONSOLE_BYTES), StandardCharsets.UTF_8);
            List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
            for (int i = lines.size() - 1; i >= 0; i--) {
                if (lines.get(i).startsWith(PREFIX)) {
                    List<String> message = lines.subList(i, lines.size());
                    return Optional.of(shown(String.join(
                                    ". ", message.stream().map(String::strip).toList())
                            .substring(PREFIX.length())));
                }
            }
            return lines.isEmpty() ? Optional.empty() : Optional.of(shown(lines.get(lines.size() - 1)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static byte[] read(Path file, int most) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("no regular file: " + file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(most);
        }
    }

    private static String shown(String text) {
        String safe = Printable.text(text);
        return safe.length() <= MESSAGE_CHARS ? safe : safe.substring(0, MESSAGE_CHARS) + "…";
    }
}
