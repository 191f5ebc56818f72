package updater.state;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Convert the values of records to texts and back, exactly or not at all. */
final class RecordText {
    private RecordText() {}

    /** A path whose bytes are not valid text lists fine but is another one when it is made from its text again. */
    static String of(Path path) throws IOException {
        String text = path.toString();
        try {
            if (path.getFileSystem().getPath(text).equals(path)) {
                return text;
            }
        } catch (InvalidPathException e) {
            throw refused(path);
        }
        throw refused(path);
    }

    private static UnrecordableException refused(Path path) {
        return new UnrecordableException(
                "the path '" + Printable.text(path.toString()) + "' is not the same when made from its text");
    }

    static Path path(FileSystem fileSystem, JsonNode node) throws JsonShapeException {
        try {
            return fileSystem.getPath(node.text());
        } catch (InvalidPathException e) {
            throw node.expected("a path");
        }
    }

    static Instant instant(JsonNode node) throws JsonShapeException {
        try {
            return Instant.parse(node.text());
        } catch (DateTimeException e) {
            throw node.expected("an instant");
        }
    }

    static Duration duration(JsonNode node) throws JsonShapeException {
        try {
            return Duration.parse(node.text());
        } catch (DateTimeException e) {
            throw node.expected("a duration");
        }
    }
}
