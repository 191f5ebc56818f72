package updater.service.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;

class ProcessDefinitionTests {
    private static final HomeLayout LAYOUT =
            new HomeLayout(Path.of("/opt/my agent"), Path.of("/opt/my agent/.updater"));

    private static ProcessDefinition parse(String text) throws UpdateFailure.Refused {
        return ProcessDefinition.parse(TestHost.utf8(text), Path.of("/d"), LAYOUT.home(), "agent", LAYOUT::expand);
    }

    @Test
    void parse_onlyACommand_hasDefaults() throws Exception {
        assertThat(parse("command=[INSTALLDIR]agent"))
                .isEqualTo(new ProcessDefinition(
                        List.of("/opt/my agent/agent"),
                        Path.of("/opt/my agent"),
                        Map.of("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                        Path.of("/opt/my agent/log/agent.pid"),
                        Path.of("/opt/my agent/log/agent.out"),
                        Duration.ofSeconds(10)));
    }

    @Test
    void parse_everyKey_isTaken() throws Exception {
        ProcessDefinition definition = parse("""
                # how the agent is run
                command = /bin/agent --home [INSTALLDIR] --name "a  b" ''

                directory = /var/lib/agent
                environment.HOME = [INSTALLDIR]home
                environment.PATH = /bin
                environment.EMPTY =
                environment.SUM = 1 = 1
                pid-file = /run/agent.pid
                output = /var/log/../log/agent.out
                stop-timeout-ms = 1500
                """);

        assertThat(definition)
                .isEqualTo(new ProcessDefinition(
                        List.of("/bin/agent", "--home", "/opt/my agent/", "--name", "a  b", ""),
                        Path.of("/var/lib/agent"),
                        Map.of("HOME", "/opt/my agent/home", "PATH", "/bin", "EMPTY", "", "SUM", "1 = 1"),
                        Path.of("/run/agent.pid"),
                        Path.of("/var/log/agent.out"),
                        Duration.ofMillis(1500)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|has no command",
                "command=''|has no command",
                "command=agent|expected an absolute path",
                "command=/bin/a \"b|quote in command that is not closed",
                "command=/a\\nrestart=always|line 2 has the unknown key 'restart'",
                "command=/a\\nenvironment.A-B=1|line 2 has the unknown key 'environment.A-B'",
                "command=/a\\n\\ncommand=/b|line 3 repeats the key 'command'",
                "/bin/agent|line 1 is not 'key = value'",
                "command=/a\\npid-file=agent.pid|has the pid-file 'agent.pid'; expected an absolute path",
                "command=/a\\nstop-timeout-ms=10s|expected milliseconds",
                "command=/a\\nstop-timeout-ms=-1|expected milliseconds",
            })
    void parse_malformed_isRefusedWithTheReason(String text, String reason) {
        assertThatThrownBy(() -> parse(text.replace("\\n", "\n").replace("''", "")))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("/d")
                .hasMessageContaining(reason);
    }

    @Test
    void parse_notUtf8_isRefused() {
        assertThatThrownBy(() -> ProcessDefinition.parse(
                        new byte[] {'#', (byte) 0xff}, Path.of("/d"), LAYOUT.home(), "agent", LAYOUT::expand))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("is not UTF-8");
    }

    @Test
    void parse_nulCharacter_isRefused() {
        assertThatThrownBy(() -> parse("command=/a\0b"))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("NUL");
    }

    @Property
    void split_quotedWords_areGivenBack(@ForAll @Size(max = 8) List<@CharRange(from = ' ', to = '~') String> words) {
        List<String> plain = words.stream().map(word -> word.replace("'", "\"")).toList();

        assertThat(CommandWords.split("'" + String.join("'\t '", plain) + "'"))
                .hasValue(plain.isEmpty() ? List.of("") : plain);
    }

    @Property
    void split_unquotedWords_areGivenBack(
            @ForAll @Size(max = 8) List<@NotEmpty @CharRange(from = '(', to = '~') String> words) {
        assertThat(CommandWords.split(String.join("  ", words))).hasValue(words);
    }
}
