package updater.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.app.host.DurationText;
import updater.app.host.Host;
import updater.app.host.InstallationFinder;
import updater.json.Printable;
import updater.state.document.HistoryEntry;
import updater.state.document.HistoryJson;
import updater.transaction.context.HistoryFile;

/** The command that prints the last updates of this host, the newest last. Changes nothing, takes no lock. */
record HistoryCommand(Arguments line, Host host) {
    private static final int MOST_REASON = 200;

    /** Prints them; returns 5 when there is none, or they are not for the caller to read, else 0. */
    int run() throws UpdateFailure {
        HomeLayout layout = new InstallationFinder(line.target(), host).layout();
        List<HistoryEntry> history;
        try {
            history = new HistoryFile(host.disk(), layout).read();
        } catch (IOException e) {
            throw new UpdateFailure.Disk("read the history in", layout.state(), e);
        }
        if (history.isEmpty()) {
            String message = "there is no history of updates of " + layout.home();
            String advice = "No update ended there yet, or 'updater purge' has removed it";
            host.console().failure(message, advice);
            if (line.json()) {
                host.console()
                        .printText(new Answer(line.command().word(), ExitCode.REFUSED, "", message, advice).json());
            }
            return ExitCode.REFUSED.number();
        }
        if (line.json()) {
            host.console().printText(new String(HistoryJson.write(history), StandardCharsets.UTF_8));
        } else {
            host.console().printText(text(history));
        }
        return ExitCode.DONE.number();
    }

    /** Returns the text to print: a line for each update, and one for its reason where it has one. */
    static String text(List<HistoryEntry> history) {
        StringBuilder out = new StringBuilder();
        for (HistoryEntry entry : history) {
            out.append(entry.times().finishedAt().truncatedTo(ChronoUnit.SECONDS))
                    .append("  ")
                    .append("%-27s".formatted(words(entry)))
                    .append("  ")
                    .append(Printable.text(orUnknown(entry.versions().from())))
                    .append(" -> ")
                    .append(Printable.text(orUnknown(entry.versions().to())));
            entry.times()
                    .downtimeMillis()
                    .ifPresent(millis -> out.append(", down for ").append(DurationText.of(Duration.ofMillis(millis))));
            out.append('\n');
            if (!entry.reason().isEmpty()) {
                String reason = Printable.text(entry.reason());
                out.append("    ")
                        .append(reason.length() > MOST_REASON ? reason.substring(0, MOST_REASON) + " ..." : reason)
                        .append(entry.refusalCode().isEmpty() ? "" : " [" + Printable.text(entry.refusalCode()) + "]")
                        .append('\n');
            }
        }
        return out.toString();
    }

    private static String words(HistoryEntry entry) {
        return switch (entry.outcome()) {
            case UPDATED -> "updated";
            case UNCHANGED -> "unchanged";
            case ROLLED_BACK -> "failed, rolled back";
            case ROLLBACK_INCOMPLETE -> "failed, ROLLBACK INCOMPLETE";
            case REFUSED -> "refused";
            case ABORTED -> "aborted";
            case SUPERSEDED -> "superseded";
        };
    }

    private static String orUnknown(String version) {
        return version.isEmpty() ? "?" : version;
    }
}
