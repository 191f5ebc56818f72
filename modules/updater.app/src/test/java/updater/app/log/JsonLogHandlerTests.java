package updater.app.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import updater.api.UpdateFailure;
import updater.transaction.context.EventLog;

final class JsonLogHandlerTests {
    private final ByteArrayOutputStream file = new ByteArrayOutputStream();

    @Test
    void log_fields_areOneObjectALine() {
        try (JsonLogHandler json = JsonLogHandler.open(file)) {
            json.log("app")
                    .info(
                            "placed {0}",
                            "path", Path.of("/opt/a"), "bytes", 12L, "count", 1, "new", true, "odd", Double.NaN);
        }

        assertThat(lines().get(0).replaceFirst("\"time\":\"[0-9-]+T[0-9:]+\\.[0-9]{3}Z\"", "\"time\":\"\""))
                .isEqualTo("{\"time\":\"\",\"level\":\"info\",\"logger\":\"updater.app\",\"message\":\"placed {0}\","
                        + "\"fields\":{\"path\":\"/opt/a\",\"bytes\":12,\"count\":1,\"new\":true,\"odd\":\"NaN\"}}");
    }

    @Test
    void log_levels_areNamedAsOperatorsKnowThem() {
        try (JsonLogHandler json = JsonLogHandler.open(file)) {
            EventLog log = json.log("app");
            log.debug("a");
            log.info("b");
            log.warning("c");
            log.error("d");
        }

        assertThat(lines())
                .extracting(line -> line.replaceAll(".*\"level\":\"(\\w+)\".*", "$1"))
                .containsExactly("debug", "info", "warn", "error");
    }

    @Test
    void log_injectedLinesAndControls_stayOneValidLine() throws IOException {
        String nasty = "x\n{\"level\":\"info\"}\r\u001b[2J\u0000\u0085\u202e\u2028\ud800 \"\\ \u00e9 \ud83d\ude00";
        try (JsonLogHandler json = JsonLogHandler.open(file)) {
            json.log("app").error(nasty, new IOException(nasty), nasty, nasty);
        }

        assertThat(lines()).hasSize(1);
        assertThat(lines().get(0)).doesNotContain("\r", "\u001b", "\u0000", "\u0085", "\u202e", "\u2028");
        assertThat(strings(lines().get(0)))
                .contains(nasty.replace('\ud800', '?'))
                .anyMatch(text -> text.contains("at updater.app"));
    }

    @Test
    void log_updateFailure_saysMessageAndAdvice() {
        try (JsonLogHandler json = JsonLogHandler.open(file)) {
            json.log("app").error("the update failed", new UpdateFailure.Usage("bad option", "Read the help"));
        }

        assertThat(lines().get(0))
                .contains("\"error\":\"bad option. Read the help\"")
                .contains("\"stack\":\"");
    }

    @Test
    void log_recordsOfPlainLoggers_areFormattedToo() {
        try (JsonLogHandler json = JsonLogHandler.open(file)) {
            Logger.getLogger("updater.fs").log(Level.CONFIG, "copied {0}", "a");
            json.flush();
        }

        assertThat(lines().get(0)).contains("\"logger\":\"updater.fs\",\"message\":\"copied a\"");
    }

    @Test
    void log_otherLoggers_areNotInTheFile() {
        try (JsonLogHandler json = JsonLogHandler.open(file)) {
            Logger.getLogger("java.lang.ProcessBuilder").fine("command");
            json.flush();
        }

        assertThat(lines()).isEmpty();
    }

    @Test
    void log_closed_writesNoMore() {
        JsonLogHandler json = JsonLogHandler.open(file);
        EventLog log = json.log("app");
        json.close();
        json.close();
        log.info("late");

        assertThat(lines()).isEmpty();
    }

    @Test
    void log_diskFull_goesOnAndStartsANewLine() throws IOException {
        OutputStream failingOnce = new OutputStream() {
            private int writes;

            @Override
            public void write(int b) {
                throw new AssertionError("a line must be one write");
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                if (writes++ == 0) {
                    file.write(bytes, from, length / 2);
                    throw new IOException("No space left on device");
                }
                file.write(bytes, from, length);
            }
        };
        try (JsonLogHandler json = JsonLogHandler.open(failingOnce)) {
            json.log("app").info("lost");
            json.log("app").info("kept");
        }

        assertThat(lines()).hasSize(2);
        assertThat(strings(lines().get(1))).contains("kept");
    }

    @Test
    void log_nameWithoutValue_isAProgrammingError() {
        try (JsonLogHandler json = JsonLogHandler.open(file)) {
            EventLog log = json.log("app");
            assertThatIllegalArgumentException().isThrownBy(() -> log.info("a", "name"));
            assertThatIllegalArgumentException().isThrownBy(() -> log.info("a", 1, 2));
        }
    }

    private List<String> lines() {
        return file.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** Every string in the JSON text, so that what was escaped is compared unescaped. */
    private static List<String> strings(String json) throws IOException {
        List<String> strings = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                strings.add(String.valueOf(parser.getText()));
            }
        }
        return strings;
    }
}
