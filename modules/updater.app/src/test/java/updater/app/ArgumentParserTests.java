package updater.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;
import updater.app.host.Target;

final class ArgumentParserTests {
    @Test
    void parse_nothing_updates() throws UpdateFailure.Usage {
        assertThat(ArgumentParser.parse(List.of()))
                .isEqualTo(new Arguments(
                        Command.UPDATE,
                        Optional.empty(),
                        new Target(Optional.empty(), Optional.empty(), Optional.empty()),
                        Set.of(),
                        Optional.empty(),
                        new Arguments.Source(Optional.empty(), Optional.empty()),
                        Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({
        "recover, RECOVER",
        "status, STATUS",
        "doctor, DOCTOR",
        "journal --print, JOURNAL",
        "rollback, ROLLBACK",
        "completion bash, COMPLETION",
        "allow-downgrade v1.2.0, ALLOW_DOWNGRADE",
        "history, HISTORY",
        "hold, HOLD",
        "unhold, UNHOLD",
        "metrics, METRICS",
        "retry, RETRY",
        "--version, VERSION",
        "-v, VERSION",
        "--help, HELP",
        "-h, HELP"
    })
    void parse_command_isThatCommand(String word, Command command) throws UpdateFailure.Usage {
        assertThat(parse(word).command()).isEqualTo(command);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--home /opt/a --product p.json --service-manager sysv recover",
                "recover --home=/opt/a --product=p.json --service-manager=sysv",
                "--home=/opt/a recover --product p.json --service-manager sysv"
            })
    void parse_optionsInAnyOrderAndForm_sameResult(String line) throws UpdateFailure.Usage {
        assertThat(parse(line))
                .isEqualTo(new Arguments(
                        Command.RECOVER,
                        Optional.empty(),
                        new Target(Optional.of(Path.of("/opt/a")), Optional.of(Path.of("p.json")), Optional.of("sysv")),
                        Set.of(Option.HOME, Option.PRODUCT, Option.SERVICE_MANAGER),
                        Optional.empty(),
                        new Arguments.Source(Optional.empty(), Optional.empty()),
                        Optional.empty()));
    }

    @Test
    void parse_atBoot_isForARecovery() throws UpdateFailure.Usage {
        assertThat(parse("recover --at-boot").atBoot()).isTrue();
        assertThat(parse("recover").atBoot()).isFalse();
        assertThatExceptionOfType(UpdateFailure.Usage.class).isThrownBy(() -> parse("--at-boot"));
    }

    @Test
    void parse_hold_hasReasonAndEnd() throws UpdateFailure.Usage {
        assertThat(ArgumentParser.parse(List.of("hold", "--reason", "change freeze"))
                        .hold())
                .contains(new Arguments.Holding("change freeze", Optional.empty()));
        assertThat(parse("hold --until 2026-12-24T06:00:00+01:00")
                        .hold()
                        .orElseThrow()
                        .until())
                .contains(Instant.parse("2026-12-24T05:00:00Z"));
        assertThat(parse("hold --until 2026-12-24").hold().orElseThrow().until())
                .contains(Instant.parse("2026-12-25T00:00:00Z"));
        assertThatExceptionOfType(UpdateFailure.Usage.class)
                .isThrownBy(() -> parse("hold --until tomorrow"))
                .withMessageContaining("--until is no time: 'tomorrow'");
        assertThatExceptionOfType(UpdateFailure.Usage.class).isThrownBy(() -> parse("unhold --reason x"));
        assertThatExceptionOfType(UpdateFailure.Usage.class).isThrownBy(() -> parse("history --verbose"));
    }

    @Test
    void parse_request_isNoBundle() throws UpdateFailure.Usage {
        assertThat(parse("apply --request").requested()).isTrue();
        assertThat(parse("apply --request").source().applied()).isEmpty();
        assertThat(parse("apply b.tar.gz").requested()).isFalse();
        assertThatExceptionOfType(UpdateFailure.Usage.class).isThrownBy(() -> parse("apply b.tar.gz --request"));
        assertThatExceptionOfType(UpdateFailure.Usage.class).isThrownBy(() -> parse("apply --request --version 1"));
        assertThatExceptionOfType(UpdateFailure.Usage.class).isThrownBy(() -> parse("recover --request"));
        assertThatExceptionOfType(UpdateFailure.Usage.class).isThrownBy(() -> parse("--requested"));
    }

    @Test
    void parse_statusFlags_areSet() throws UpdateFailure.Usage {
        assertThat(parse("status --json").json()).isTrue();
        assertThat(parse("status --verbose").verbose()).isTrue();
        assertThat(parse("status").json() || parse("status").verbose()).isFalse();
    }

    @Test
    void parse_valueWithEqualsAndBlanks_isKeptWhole() throws UpdateFailure.Usage {
        assertThat(ArgumentParser.parse(List.of("--home=/opt/a b=c")).target().home())
                .contains(Path.of("/opt/a b=c"));
        assertThat(ArgumentParser.parse(List.of("--home=--odd")).target().home())
                .contains(Path.of("--odd"));
    }

    @Test
    void parse_helpBesideAnythingKnown_isHelp() throws UpdateFailure.Usage {
        assertThat(parse("status --json --help").command()).isEqualTo(Command.HELP);
        assertThat(parse("--version --help").command()).isEqualTo(Command.HELP);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--hoem /opt/a          | unknown option '--hoem'                    | Did you mean '--home'?",
                "--frobnicate           | unknown option '--frobnicate'              | updater --help",
                "-x                     | unknown option '-x'                        | updater --help",
                "--                     | unknown option '--'                        | updater --help",
                "recovr                 | unknown command 'recovr'                   | Did you mean 'recover'?",
                "update                 | unknown command 'update'                   | Without a command",
                "--home                 | --home needs a value                       | updater --help",
                "--home=                | --home needs a value                       | updater --help",
                "--home --json          | --home needs a value                       | updater --help",
                "status --json=yes      | --json takes no value                      | updater --help",
                "--home /a --home=/b    | --home is given twice                      | once",
                "status --json --json   | --json is given twice                      | once",
                "--json                 | --json does not go with 'update'           | It goes with 'apply', 'recover', 'rollback', 'status'",
                "recover --verbose      | --verbose does not go with 'recover'       | It goes with 'status'",
                "--version --home /a    | --home does not go with '--version'        | 'recover'",
                "recover status         | 'recover' and 'status' cannot be done      | one command",
                "journal                | 'journal' does nothing without --print      | journal --print",
                "status --print         | --print does not go with 'status'          | It goes with 'journal'",
                "jornal                 | unknown command 'jornal'                   | Did you mean 'journal'?",
                "status status          | 'status' and 'status' cannot be done       | one command",
                "status --version       | 'status' and '--version' cannot be done    | one command",
            })
    void parse_mistake_namesItAndSaysWhatToDo(String line, String message, String advice) {
        assertThatExceptionOfType(UpdateFailure.Usage.class)
                .isThrownBy(() -> parse(line))
                .withMessageContaining(message)
                .satisfies(failure -> assertThat(failure.advice()).contains(advice));
    }

    @Test
    void parse_pathWithNul_isRefused() {
        assertThatExceptionOfType(UpdateFailure.Usage.class)
                .isThrownBy(() -> ArgumentParser.parse(List.of("--home", "/a\0b")))
                .withMessageContaining("--home is not a path");
    }

    @Test
    void help_isTextOfShortLines() {
        assertThat(HelpText.all())
                .startsWith("Updates a host agent")
                .endsWith("\n")
                .doesNotContain("\t", "\r", "${");
        assertThat(HelpText.all().lines()).allMatch(line -> line.length() <= 110 && line.equals(line.stripTrailing()));
    }

    @Test
    void help_namesEveryOptionThatIsUnderstood() throws UpdateFailure.Usage {
        for (String option : List.of("--home /a", "--product /a", "--service-manager a", "--json", "--verbose")) {
            assertThat(parse("status " + option).command()).isEqualTo(Command.STATUS);
            assertThat(HelpText.all()).contains("  " + option.replaceFirst(" .*", ""));
        }
        for (Command command : Command.values()) {
            String word = command.name().toLowerCase(Locale.ROOT).replace('_', '-');
            assertThat(HelpText.all()).contains(command == Command.UPDATE ? "usage: updater [" : word);
        }
    }

    private static Arguments parse(String line) throws UpdateFailure.Usage {
        return ArgumentParser.parse(List.of(line.strip().split(" +")));
    }

    @Test
    void parse_allowDowngrade_hasItsVersion() throws UpdateFailure.Usage {
        assertThat(ArgumentParser.parse(List.of("allow-downgrade", "--home", "/opt/a", "v1.2.0"))
                        .subject())
                .contains("v1.2.0");
        assertThat(ArgumentParser.parse(List.of("allow-downgrade", "status")).subject())
                .contains("status");
    }

    @ParameterizedTest
    @ValueSource(strings = {"allow-downgrade", "allow-downgrade v1 v2", "allow-downgrade v1 status"})
    void parse_allowDowngradeWithoutOneVersion_isRefused(String line) {
        assertThatThrownBy(() -> parse(line)).isInstanceOf(UpdateFailure.Usage.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "apply /srv/a.tar.gz --version v2 --release /srv/r --json",
                "apply --version=v2 --release=/srv/r --json /srv/a.tar.gz",
                "--json apply --release /srv/r /srv/a.tar.gz --version v2"
            })
    void parse_apply_takesTheBundleAndWhatIsSaidOfIt(String line) throws UpdateFailure.Usage {
        Arguments parsed = parse(line);
        assertThat(parsed.command()).isEqualTo(Command.APPLY);
        assertThat(parsed.json()).isTrue();
        assertThat(parsed.source().applied())
                .contains(new Arguments.Applied(
                        Path.of("/srv/a.tar.gz"), Optional.of(Path.of("/srv/r")), Optional.of("v2")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "apply                           | 'apply' needs a bundle",
                "apply a b                       | unknown command 'b'",
                "apply a status                  | cannot be done at once",
                "apply a --version=v/2           | --version is no version",
                "apply a --version v2 --version v3 | --version is given twice",
                "--release r                     | --release does not go with 'update'",
                "recover --take 1:2              | --take does not go with 'recover'",
                "--take 1                        | this is for 'updater apply' to say",
                "--take 99999999999999999999:1   | this is for 'updater apply' to say",
                "--take-version v1               | this is for 'updater apply' to say",
                "purge --from /x                 | --from does not go with 'purge'"
            })
    void parse_applyThatMakesNoSense_isAUsageError(String line, String message) {
        assertThatExceptionOfType(UpdateFailure.Usage.class)
                .isThrownBy(() -> parse(line))
                .withMessageContaining(message);
    }

    @Test
    void parse_take_isTheTreeToUpdateFrom() throws UpdateFailure.Usage {
        assertThat(parse("--take 12:34 --take-version v2").source().offer()).hasValueSatisfying(offer -> {
            assertThat(offer.identity()).isEqualTo("12:34");
            assertThat(offer.version()).isEqualTo("v2");
        });
    }
}
