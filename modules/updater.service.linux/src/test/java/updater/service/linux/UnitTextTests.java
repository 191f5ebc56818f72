package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;

class UnitTextTests {
    @Test
    void parse_severalUnits_keepsOrderAndRepeatedProperties() {
        List<UnitProperties> units =
                UnitProperties.parse("Id=a.service\nExecStop={ one }\nExecStop={ two }\n\nId=b.service\nJob=\n");

        assertThat(units).hasSize(2);
        assertThat(units.get(0).all("ExecStop")).containsExactly("{ one }", "{ two }");
        assertThat(units.get(1).text("Id")).isEqualTo("b.service");
        assertThat(units.get(1).number("Job")).isZero();
        assertThat(units.get(1).text("NRestarts")).as("unknown to this version").isEmpty();
    }

    @Test
    void parse_valueWithEqualsSign_keepsIt() {
        assertThat(UnitProperties.parse("Environment=A=1 B=2").getFirst().words("Environment"))
                .containsExactly("A=1", "B=2");
    }

    @Test
    void commandLine_specialCharacters_areEscapedOnce() {
        assertThat(UnitFileText.commandLine(List.of("/bin/x", "a b", "100%", "$HOME", "\"q\"", "back\\slash")))
                .isEqualTo("\"/bin/x\" \"a b\" \"100%%\" \"$$HOME\" \"\\\"q\\\"\" \"back\\\\slash\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version.service", "a*.service", "a b.service", "getty@.service", ".. /x.service"})
    void check_noServiceName_refused(String unit) {
        assertThatThrownBy(() -> UnitName.check(unit)).isInstanceOf(UpdateFailure.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"observiq-otel-collector.service", "getty@tty1.service", "a\\x2db.service"})
    void check_serviceName_accepted(String unit) throws UpdateFailure {
        UnitName.check(unit);

        assertThat(UnitName.ofService(unit)).isEqualTo(unit);
    }

    @Test
    void ofService_suffixLeftOut_isAdded() {
        assertThat(UnitName.ofService("agent")).isEqualTo("agent.service");
    }
}
