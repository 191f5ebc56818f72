package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.app.host.RootHost;
import updater.json.Json;
import updater.json.JsonText;

/** With {@code --json} the standard output is one JSON value, whatever becomes of the command; words go to the other one. */
final class JsonAnswersTests {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path home;
    private Path product;

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        Path root = directory.toRealPath();
        home = Files.createDirectory(root.resolve("home"));
        product = Files.writeString(root.resolve("product.json"), """
                {"name": "agent", "package": "agent", "home": {"linux": {"directory": "%s"}},
                 "state-directory": {"linux": "%s"},
                 "services": {"process": {"name": "agent", "definition": "install/agent.process"}}}
                """.formatted(home, root.resolve("state")));
    }

    private int run(String command) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of("--product", product.toString(), "--home", home.toString()));
        return new Program(RootHost.printing(out, err).host()).run(words);
    }

    private Map<String, Json> answer() throws Exception {
        String text = out.toString(StandardCharsets.UTF_8);
        return ((Json.Members) JsonText.parse(text, JsonText.Strictness.LENIENT)).values();
    }

    private static String text(Json value) {
        return ((Json.Text) value).value();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            hold --json --reason freeze     @ updates are held back
            unhold --json                   @ updates were not held back
            retry --json                    @ no bundle is refused for having failed
            allow-downgrade v1.2.0 --json   @ the next update may install v1.2.0, once
            recover --json                  @ no update is unfinished
            purge --json                    @ what the updater kept on this host is removed
            """)
    void json_ofACommandThatWasDone_saysWhatItDid(String command, String message) throws Exception {
        assertThat(run(command)).as(err::toString).isZero();

        assertThat(text(answer().get("command"))).isEqualTo(command.split(" ")[0]);
        assertThat(answer().get("exit")).isEqualTo(Json.number(0));
        assertThat(text(answer().get("message"))).startsWith(message);
        assertThat(text(answer().get("code"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            status --json                              @ 5 @                     @ there is no report
            history --json                             @ 5 @                     @ there is no history
            journal --print --json                     @ 5 @                     @ there is no journal
            hold --json --until tomorrow               @ 2 @                     @ --until is no time
            hold --json --frob                         @ 2 @                     @ unknown option
            plan --json --release x                    @ 2 @                     @ 'plan' needs a bundle
            apply --json                               @ 2 @                     @ 'apply' needs a bundle
            enroll --json                              @ 5 @ runtime-unusable    @ this updater runs from
            apply missing.tar.gz --version v1 --json   @ 5 @ bundle-unreadable   @ missing.tar.gz is not there
            """)
    void json_ofARefusal_hasItsCodeAndWordsGoToStandardError(String command, int exit, String code, String message)
            throws Exception {
        assertThat(run(command)).as(err::toString).isEqualTo(exit);

        assertThat(text(answer().get("command"))).isEqualTo(command.split(" ")[0]);
        assertThat(answer().get("exit")).isEqualTo(Json.number(exit));
        assertThat(text(answer().get("code"))).isEqualTo(code == null ? "" : code);
        assertThat(text(answer().get("message"))).startsWith(message);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(message);
    }

    @Test
    void json_ofDoctor_hasEveryCheck() throws Exception {
        assertThat(run("doctor --json")).isEqualTo(5);

        List<Json> checks = ((Json.Elements) answer().get("checks")).values();
        Map<String, Json> service = ((Json.Members) checks.get(1)).values();
        assertThat(text(service.get("name"))).isEqualTo("service");
        assertThat(text(service.get("answer"))).isEqualTo("refused");
        assertThat(text(((Json.Members) service.get("refusal")).values().get("code")))
                .isNotEmpty();
        assertThat(((Json.Elements) answer().get("refusals")).values()).isNotEmpty();
        assertThat(answer()).containsKeys("product", "home", "state_directory", "service_managers", "releases");
    }
}
