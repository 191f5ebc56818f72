package updater.state.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import updater.api.Step;
import updater.json.Printable;
import updater.state.log.DamagedLogException;
import updater.state.log.LogChannels;
import updater.state.log.RecordLog;
import updater.state.log.RecordReader;

/** A journal as lines for people, one for each record: where it begins in the file, and what it says. */
public final class JournalLines {
    private long steps;

    private JournalLines() {}

    /**
     * Hands over the lines of a journal, safe to be printed, and holds one record at a time in memory. Changes nothing and
     * needs no lock: of a journal that is being written, it sees as much as was there when it came to its end.
     *
     * @throws DamagedLogException behind the lines of the records before the damage
     * @throws updater.state.log.FutureFormatException likewise, when a newer updater wrote it
     * @throws java.nio.file.NoSuchFileException when there is none
     */
    public static void print(Path file, LogChannels channels, Consumer<String> lines) throws IOException {
        try (RecordReader reader = RecordLog.forward(file, channels)) {
            JournalCodec codec = new JournalCodec(file, Optional.empty());
            JournalLines text = new JournalLines();
            long start = reader.position();
            for (Optional<byte[]> payload = reader.next(); payload.isPresent(); payload = reader.next()) {
                JournalRecord entry = codec.decode(payload.get(), start);
                lines.accept(start + "  " + Printable.text(text.line(entry)));
                start = reader.position();
            }
            if (reader.torn()) {
                lines.accept(start + "  torn: a record that was being written when the updater or the host died");
            }
        }
    }

    private String line(JournalRecord entry) {
        return switch (entry) {
            case JournalRecord.Begin begin ->
                "begin    " + begin.id() + " at " + begin.at() + ": "
                        + begin.product().name() + " from '"
                        + begin.versions().from() + "' to '" + begin.versions().to() + "', home "
                        + begin.layout().home() + ", state "
                        + begin.layout().state() + ", service manager "
                        + begin.before().serviceManager() + ", active "
                        + begin.before().service().active() + ", updater "
                        + begin.writer().version() + ", format "
                        + begin.writer().format();
            case JournalRecord.Planned(Step step) -> "step " + steps++ + "   " + step(step);
            case JournalRecord.PlanComplete(long count) -> "planned  " + count + " steps";
            case JournalRecord.Padding(int length) -> "padding  " + length + " bytes";
            case JournalRecord.Reached mark ->
                "reached  " + mark.phase() + " at " + mark.at() + (mark.detail().isEmpty() ? "" : ": " + mark.detail());
        };
    }

    private static String step(Step step) {
        return switch (step) {
            case Step.StopService(String service) -> "stop service " + service;
            case Step.CreateDirectory directory ->
                "create directory " + directory.target() + ", mode " + Integer.toOctalString(directory.mode())
                        + ", owner " + directory.uid() + ":" + directory.gid();
            case Step.PlaceFile file -> "place " + file(file);
            case Step.RemoveFile file ->
                "remove " + file.target() + ", " + file.size() + " bytes, backup " + file.backup();
            case Step.RemoveDirectory directory -> "remove directory " + directory.target() + " if it is empty";
            case Step.ReplaceDefinition(String service, Step.PlaceFile file, boolean beforeStop) ->
                "replace definition of " + service + (beforeStop ? " before the stop: " : ": ") + file(file);
            case Step.ConfigureService(String service, String before, String after) ->
                "configure service " + service + ": '" + before + "' becomes '" + after + "'";
            case Step.StartService(String service) -> "start service " + service;
        };
    }

    private static String file(Step.PlaceFile file) {
        return file.target() + " from " + file.source() + (file.byRename() ? " by rename, " : " by copy, ")
                + file.size() + " bytes, " + (file.replaces() ? "backup " + file.backup() : "replaces nothing");
    }
}
