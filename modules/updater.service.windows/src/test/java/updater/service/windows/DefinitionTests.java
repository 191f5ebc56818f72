package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.DefinitionChange.Configure;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.FailureActions;

/** From the definition in a bundle to what the service control manager holds, and back to what it held. */
class DefinitionTests {
    private static DefinitionChange compare(WindowsBench bench, String json) throws Exception {
        bench.files.files.put(
                bench.staged().resolve("install/windows_service.json"), json.getBytes(StandardCharsets.UTF_8));
        return bench.open().compareDefinition(bench.staged());
    }

    private static Configure changed(WindowsBench bench, String service) throws Exception {
        return (Configure) compare(bench, "{\"path\": \"bin/agent.exe\", \"service\": {" + service + "}}");
    }

    @Test
    void user_isTheServicesAccount() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            Configure change = changed(bench, "\"arguments\": \"--as [USER] --in [GROUP]\"");

            bench.open().configure(change.after());

            assertThat(bench.agent.config.binaryPath()).endsWith(" --as LocalSystem --in [GROUP]");
        }
    }

    @Test
    void takeBack_whatNobodyHasChangedSince_isAsItWas() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            String before = bench.agent.config + bench.agent.description + bench.agent.failureActions;
            Configure made =
                    changed(bench, "\"start\": \"delayed\", \"display-name\": \"B\", \"description\": \"New\"");
            bench.open().configure(made.after());

            bench.open().configure(((Configure) bench.open().takeBack(made)).after());

            assertThat(bench.agent.config + bench.agent.description + bench.agent.failureActions)
                    .isEqualTo(before);
            assertThat(bench.agent.delayed).isFalse();
            assertThat(bench.open().takeBack(made)).isInstanceOf(DefinitionChange.None.class);
        }
    }

    @Test
    void takeBack_whatAnOperatorHasChangedSince_stays() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            Configure made = changed(bench, "\"start\": \"delayed\", \"display-name\": \"B\", \"arguments\": \"-x\"");
            bench.open().configure(made.after());
            Config now = bench.agent.config;
            bench.agent.delayed = false;
            bench.agent.config =
                    new Config(0x10, 3, 1, now.binaryPath(), "", 0, List.of("tcpip"), ".\\agent", "Operator's");

            bench.open().configure(((Configure) bench.open().takeBack(made)).after());

            assertThat(bench.agent.config)
                    .isEqualTo(new Config(
                            0x10, 3, 1, WindowsBench.INSTALLED, "", 0, List.of("tcpip"), ".\\agent", "Operator's"));
            assertThat(bench.agent.delayed).isFalse();
        }
    }

    @Test
    void requireMet_programThatWillNotBeThere_isRefused() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            changed(bench, "\"description\": \"x\"");

            assertThatThrownBy(() -> bench.open().requireMet(bench.staged(), bench.staged()))
                    .isInstanceOfSatisfying(
                            UpdateFailure.Refused.class,
                            refused -> assertThat(refused.code()).contains(RefusalCode.DEFINITION_UNMET))
                    .hasMessageContaining("bin/agent.exe");
        }
    }

    @Test
    void changed_full_setsWhatTheContractSays() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            Configure change = changed(bench, """
                    "name": "agent", "start": "delayed", "display-name": "Ägent", "description": "New \\"one\\"",
                    "arguments": "--config &quot;[INSTALLDIR]config.yaml&quot; --dir [INSTALLDIR] --q \\\\&quot;x"
                    """);

            bench.open().configure(change.after());

            assertThat(bench.agent.config)
                    .isEqualTo(new Config(
                            0x10,
                            2,
                            1,
                            "\"C:\\Program Files\\Agent\\bin\\agent.exe\" --config"
                                    + " \"C:\\Program Files\\Agent\\config.yaml\" --dir \"C:\\Program Files\\Agent\\\\\""
                                    + " --q \"\\\"x\"",
                            "",
                            0,
                            List.of(),
                            "LocalSystem",
                            "Ägent"));
            assertThat(bench.agent.delayed).isTrue();
            assertThat(bench.agent.description).isEqualTo("New \"one\"");
            assertThat(bench.agent.failureActions)
                    .isEqualTo(new FailureActions(
                            2_592_000,
                            "",
                            "",
                            List.of(new Action(1, 5_000), new Action(1, 5_000), new Action(1, 5_000))));
        }
    }

    @Test
    void changed_saysNothingOfASetting_thatStays() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            bench.agent.description = "Mine";
            bench.agent.config = new Config(
                    0x10, 3, 0, WindowsBench.INSTALLED, "group", 0, List.of("tcpip"), ".\\agent", "My agent");

            bench.open().configure(changed(bench, "\"arguments\": \"-x\"").after());

            assertThat(bench.agent.config)
                    .isEqualTo(new Config(
                            0x10,
                            3,
                            0,
                            "\"C:\\Program Files\\Agent\\bin\\agent.exe\" -x",
                            "group",
                            0,
                            List.of("tcpip"),
                            ".\\agent",
                            "My agent"));
            assertThat(bench.agent.description).isEqualTo("Mine");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "demand", "delayed"})
    void startMode_fromEachToEach_roundTrips(String to) throws Exception {
        for (String from : List.of("auto", "demand", "delayed", "disabled")) {
            try (WindowsBench bench = new WindowsBench()) {
                StartMode mode = StartMode.ofWord(from).orElseThrow();
                bench.agent.config = new Config(
                        0x10, mode.number(), 1, WindowsBench.INSTALLED, "", 0, List.of(), "LocalSystem", "A");
                bench.agent.delayed = mode.delayed();
                Set<String> before = bench.traces();
                Configure change = changed(bench, "\"start\": \"" + to + "\"");

                bench.open().configure(change.after());
                assertThat(bench.open().inspect().enablement()).isEqualTo(to);

                bench.open().configure(change.before());
                assertThat(bench.traces()).isEqualTo(before);
            }
        }
    }

    @Test
    void changed_toDisabled_isRefusedBeforeTheStop() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            assertThatThrownBy(() -> changed(bench, "\"start\": \"disabled\""))
                    .isInstanceOf(UpdateFailure.Refused.class)
                    .hasMessageContaining("disables the service");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"path\": \"a.exe\"}",
                "{\"path\": 1, \"service\": {}}",
                "{\"path\": \"../a.exe\", \"service\": {}}",
                "{\"path\": \"\\\\\\\\host\\\\a.exe\", \"service\": {}}",
                "{\"path\": \"C:\\\\a.exe\", \"service\": {}}",
                "{\"path\": \"a\\\"b\", \"service\": {}}",
                "{\"path\": \"a.exe\", \"service\": {\"start\": \"manual\"}}",
                "{\"path\": \"a.exe\", \"service\": {\"start\": \"boot\"}}",
                "{\"path\": \"a.exe\", \"service\": {\"name\": \"other\"}}",
                "{\"path\": \"a.exe\", \"service\": {\"arguments\": \"\\u0000\"}}",
                "{\"path\": \"a.exe\", \"service\": {}, \"service\": {}}",
                "{\"path\": \"a.exe\", \"service\": {}} x"
            })
    void staged_malformed_isRefusedByNameOfTheFile(String json) throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            assertThatThrownBy(() -> compare(bench, json))
                    .isInstanceOf(UpdateFailure.Refused.class)
                    .hasMessageContaining("windows_service.json");
        }
    }

    @Test
    void configure_damagedText_failsWithAdvice() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            assertThatThrownBy(() -> bench.open().configure("{}"))
                    .isInstanceOf(UpdateFailure.Service.class)
                    .hasMessageContaining("type: expected a value, found no such member");
        }
    }

    @Test
    void configure_markedForDelete_saysWhatHoldsIt() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            Configure change = changed(bench, "\"arguments\": \"-x\"");
            bench.agent.markedForDelete = true;

            assertThatThrownBy(() -> bench.open().configure(change.after()))
                    .isInstanceOf(UpdateFailure.Service.class)
                    .hasMessageContaining("(error 1072)");
        }
    }

    @Test
    void configure_accountChangedMeanwhile_restoresTheRestAndAsksForThePassword() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            bench.agent.config = new Config(0x10, 2, 1, WindowsBench.INSTALLED, "", 0, List.of(), "HOST\\agent", "A");
            Configure change = changed(bench, "\"display-name\": \"B\"");
            bench.agent.config = new Config(0x10, 2, 1, "x", "", 0, List.of(), "LocalSystem", "B");

            assertThatThrownBy(() -> bench.open().configure(change.before()))
                    .isInstanceOf(UpdateFailure.Service.class)
                    .hasMessageContaining("HOST\\agent");

            assertThat(bench.agent.config.binaryPath()).isEqualTo(WindowsBench.INSTALLED);
            assertThat(bench.agent.config.displayName()).isEqualTo("A");
        }
    }

    @Test
    void configure_cutShortAnywhere_isFinishedOrTakenBackByTheNext() throws Exception {
        for (int calls = 0; ; calls++) {
            try (WindowsBench bench = new WindowsBench()) {
                bench.agent.description = "Old";
                Set<String> before = bench.traces();
                Configure change = changed(bench, "\"start\": \"delayed\", \"description\": \"New\"");
                boolean failed = failsAtChange(bench, change.after(), calls);
                bench.open().configure(change.before());
                assertThat(bench.traces()).isEqualTo(before);
                if (!failed) {
                    assertThat(calls).isGreaterThan(2);
                    return;
                }
            }
        }
    }

    /** Lets so many changes through, and fails the next one. */
    private static boolean failsAtChange(WindowsBench bench, String definition, int through) throws Exception {
        bench.control.failChangeAfter(through);
        try {
            bench.open().configure(definition);
            return false;
        } catch (UpdateFailure.Service e) {
            return true;
        } finally {
            bench.control.failChangeAfter(-1);
        }
    }

    @Property
    void definition_any_survivesItsText(@ForAll("definitions") ServiceDefinition definition) throws Exception {
        String text = DefinitionText.write(definition);
        assertThat(text).matches("[ -~]*");
        assertThat(DefinitionText.read(text)).isEqualTo(definition);
    }

    @Property
    void definition_anyToAny_isWrittenAndTakenBack(
            @ForAll("definitions") ServiceDefinition before, @ForAll("definitions") ServiceDefinition after)
            throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            DefinitionStore store = new DefinitionStore(bench.control, "agent");
            store.write(before);
            assertThat(store.read()).isEqualTo(before);
            store.write(after);
            assertThat(store.read()).isEqualTo(after);
            store.write(before);
            assertThat(store.read()).isEqualTo(before);
            bench.control.calls.clear();
            store.write(before);
            assertThat(bench.control.calls).noneMatch(call -> call.startsWith("Change"));
        }
    }

    @Provide
    Arbitrary<ServiceDefinition> definitions() {
        Arbitrary<String> text =
                Arbitraries.strings().withChars("aÄ\"\\ \n\u2028\uD83D\uDE00").ofMaxLength(6);
        Arbitrary<StartMode> mode = Arbitraries.of(StartMode.class);
        Arbitrary<String> account =
                Arbitraries.of("LocalSystem", "NT AUTHORITY\\LocalService", "NT SERVICE\\agent", "DOMAIN\\managed$");
        Arbitrary<Action> action = Combinators.combine(
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().greaterOrEqual(0))
                .as(Action::new);
        Arbitrary<FailureActions> failure = Combinators.combine(
                        Arbitraries.integers(), text, text, action.list().ofMaxSize(4))
                .as(FailureActions::new);
        return Combinators.combine(
                        mode, text, text.list().ofMaxSize(2), account, text, failure, Arbitraries.of(true, false))
                .as((start, path, dependencies, who, shown, actions, onError) -> new ServiceDefinition(
                        new Config(0x10, start.number(), 1, path, shown, 0, dependencies, who, shown),
                        start.delayed(),
                        path,
                        actions,
                        onError));
    }

    @Test
    void inspect_factsHoldTheWholeDefinition() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            assertThat(DefinitionText.read(bench.open().inspect().definition()))
                    .isEqualTo(new DefinitionStore(bench.control, "agent").read());
        }
    }

    @Test
    void staged_byteOrderMark_isAccepted() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            assertThat(compare(bench, "\uFEFF{\"path\": \"agent.exe\", \"service\": {}}"))
                    .isInstanceOf(Configure.class);
        }
    }

    @Test
    void staged_sameCommandInOtherQuotes_leavesTheCommandAlone() throws Exception {
        try (WindowsBench bench = new WindowsBench()) {
            String line = "\"c:\\program files\\agent\\agent.exe\"   --config  \"C:\\Program Files\\Agent\\\"c.yaml";
            bench.agent.config = new Config(0x10, 2, 1, line, "", 0, List.of(), "LocalSystem", "A");
            Configure change = (Configure) compare(
                    bench,
                    "{\"path\": \"agent.exe\", \"service\": {\"arguments\":"
                            + " \"--config &quot;[INSTALLDIR]c.yaml&quot;\"}}");

            // The first backslash and quote are an escaped quote: these are other arguments after all.
            assertThat(DefinitionText.read(change.after()).config().binaryPath())
                    .isNotEqualTo(line);

            String same = line.replace("\\\"c.yaml", "\\c.yaml\"");
            bench.agent.config = new Config(0x10, 2, 1, same, "", 0, List.of(), "LocalSystem", "A");
            change = (Configure) bench.open().compareDefinition(bench.staged());
            assertThat(DefinitionText.read(change.after()).config().binaryPath())
                    .isEqualTo(same);
        }
    }

    @Test
    void startMode_ofADelayedMarkOnAManualService_isManual() {
        assertThat(StartMode.of(3, true)).isEqualTo(StartMode.DEMAND);
        assertThat(StartMode.ofWord("never")).isEqualTo(Optional.empty());
    }
}
