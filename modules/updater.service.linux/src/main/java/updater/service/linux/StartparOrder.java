package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import updater.api.service.HostFiles;

/**
 * The list by which Debian boots scripts side by side, into which a script is entered: startpar runs what has a link
 * *and* stands in {@code /etc/init.d/.depend.boot}, a makefile of targets and what they wait for (startpar(8)). insserv
 * would write the same lines anew.
 */
final class StartparOrder {
    private static final String TARGETS = "TARGETS =";

    private final HostFiles files;
    private final Path file;

    StartparOrder(HostFiles files, Path root) {
        this.files = files;
        this.file = root.resolve("etc/init.d/.depend.boot");
    }

    /** Makes it run after all others. Idempotent and atomic; nothing where boots are not ordered by such a list. */
    void add(String script) throws IOException {
        List<String> lines = new ArrayList<>(without(script));
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith(TARGETS)) {
                lines.set(i, line + " " + script);
                lines.add(script + ":" + line.substring(TARGETS.length()));
                write(lines);
                return;
            }
        }
    }

    /** Takes it out again, and leaves everything else as it is. Idempotent and atomic. */
    void remove(String script) throws IOException {
        if (!read().isEmpty()) {
            write(without(script));
        }
    }

    private List<String> without(String script) throws IOException {
        List<String> kept = new ArrayList<>();
        for (String line : read()) {
            if (!line.startsWith(script + ":")) {
                kept.add(line.replaceAll("[ \t]\\Q" + script + "\\E(?=[ \t]|$)", ""));
            }
        }
        return kept;
    }

    private List<String> read() throws IOException {
        return files.read(file).map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1)).stream()
                .flatMap(text -> Stream.of(text.split("\n", -1)))
                .filter(line -> !line.isEmpty())
                .toList();
    }

    private void write(List<String> lines) throws IOException {
        byte[] content = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.ISO_8859_1);
        if (!Arrays.equals(content, files.read(file).orElse(new byte[0]))) {
            files.write(file, content, 0644);
        }
    }
}
