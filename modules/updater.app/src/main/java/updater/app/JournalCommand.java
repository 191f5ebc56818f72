package updater.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import updater.api.Reason;
import updater.app.host.Console;
import updater.json.JsonMembers;
import updater.json.JsonText;
import updater.state.journal.JournalLines;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.LogChannels;

/** The command that prints the journal of an unfinished update. Changes nothing and takes no lock. */
record JournalCommand(Path journal, LogChannels channels, Console console) {
    private static final int SHOWN = 0;
    private static final int NOT_SHOWN = 5;

    /** Prints the journal and returns the exit code: 0, or 5 when there is none or not all of it could be read. */
    int run(boolean json) {
        try {
            JournalLines.print(journal, channels, line -> console.print(json ? json(line) : line));
            return SHOWN;
        } catch (NoSuchFileException e) {
            failed(
                    json,
                    "there is no journal " + journal,
                    "No update is unfinished there. Run 'updater status' to see what the last one did");
        } catch (DamagedLogException e) {
            failed(
                    json,
                    "the journal cannot be printed to its end: " + e.getMessage(),
                    "The updater relies on nothing behind that byte. Keep the file, and run 'updater recover'");
        } catch (FutureFormatException e) {
            failed(json, "the journal cannot be printed: " + e.getMessage(), "Print it with the updater that wrote it");
        } catch (IOException e) {
            failed(
                    json,
                    "the journal " + journal + " cannot be read: " + Reason.of(e),
                    "Run this as the user that the updater runs as");
        }
        return NOT_SHOWN;
    }

    private void failed(boolean json, String message, String advice) {
        console.failure(message, advice);
        if (json) {
            console.printText(new Answer(Command.JOURNAL.word(), ExitCode.REFUSED, "", message, advice).json());
        }
    }

    /** A line begins with the byte at which the record does. */
    private static String json(String line) {
        int gap = line.indexOf("  ");
        JsonMembers members = new JsonMembers()
                .add("offset", Long.parseLong(line.substring(0, gap)))
                .add("record", line.substring(gap).strip());
        return new String(JsonText.compact(members.toJson()), StandardCharsets.UTF_8).strip();
    }
}
