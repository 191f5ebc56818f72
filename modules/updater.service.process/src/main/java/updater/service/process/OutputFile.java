package updater.service.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import updater.api.Ticker;
import updater.api.service.HostFiles;

/** The file that the agent's output is appended to, by the starts that this process has dispatched. */
final class OutputFile {
    private static final int MAX_BYTES = 64 << 10;

    private final HostFiles files;
    private final Ticker clock;
    private final List<Start> starts = new ArrayList<>();

    private record Start(Instant at, Path file, long size) {}

    OutputFile(HostFiles files, Ticker clock) {
        this.files = files;
        this.clock = clock;
    }

    /**
     * A start is about to be dispatched. Where nobody holds the file open it may not be there yet.
     *
     * @param opened a path that leads to the file as long as it is held open
     */
    void starts(Path opened, Path file) throws IOException {
        starts.add(new Start(clock.now(), file, Files.exists(opened) ? Files.size(opened) : 0));
    }

    /** Returns the last lines that were appended after the first start in that time, and before the next one. */
    List<String> lines(Instant since, Instant until, int most) {
        for (int i = 0; i < starts.size(); i++) {
            Start start = starts.get(i);
            if (!start.at().isBefore(since) && start.at().isBefore(until)) {
                long end = i + 1 < starts.size() ? starts.get(i + 1).size() : Long.MAX_VALUE;
                return lines(start, end, most);
            }
        }
        return List.of();
    }

    private List<String> lines(Start start, long end, int most) {
        try (HostFiles.Appended held = files.append(start.file());
                FileChannel channel = FileChannel.open(held.path(), StandardOpenOption.READ)) {
            long to = Math.min(end, channel.size());
            long from = Math.max(start.size(), to - MAX_BYTES);
            if (from >= to) {
                return List.of();
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) (to - from));
            while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {
                // Goes on until all is read.
            }
            List<String> lines = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return lines.subList(Math.max(0, lines.size() - most), lines.size());
        } catch (IOException e) {
            // It is for people, and they can look themselves.
            return List.of();
        }
    }
}
