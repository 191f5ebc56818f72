package updater.state.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Read and write whole logs in tests. */
public final class Logs {
    public static final LogChannels FILES = LogChannels.ofFileSystem();

    private Logs() {}

    /** What a pass over a log yields. */
    public record Pass(List<String> records, boolean torn, long end) {}

    public static Pass forward(Path file) throws IOException {
        try (RecordReader reader = RecordLog.forward(file, FILES)) {
            List<String> records = drain(reader);
            return new Pass(records, reader.torn(), reader.position());
        }
    }

    public static List<String> backward(Path file, long limit) throws IOException {
        try (RecordReader reader = RecordLog.backward(file, limit, FILES)) {
            return drain(reader);
        }
    }

    private static List<String> drain(RecordReader reader) throws IOException {
        List<String> records = new ArrayList<>();
        for (Optional<byte[]> next = reader.next(); next.isPresent(); next = reader.next()) {
            records.add(new String(next.get(), StandardCharsets.UTF_8));
        }
        return records;
    }

    /** Writes records, forcing behind those whose text ends in {@code !}. */
    public static void append(RecordLog log, List<String> records) throws IOException {
        for (String text : records) {
            log.append(text.getBytes(StandardCharsets.UTF_8));
            if (text.endsWith("!")) {
                log.force();
            }
        }
    }

    public static byte[] written(Path file, List<String> records) throws IOException {
        Files.deleteIfExists(file);
        try (RecordLog log = RecordLog.create(file, FILES)) {
            append(log, records);
        }
        return Files.readAllBytes(file);
    }
}
