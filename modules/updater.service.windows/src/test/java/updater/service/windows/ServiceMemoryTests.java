package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.FailureActions;
import updater.service.windows.ServiceMemory.Encoded;
import updater.service.windows.ServiceMemory.Layout;

/** In memory of this host, where pointers are as wide as on 64-bit Windows. */
class ServiceMemoryTests {
    private final List<Memory> alive = new ArrayList<>();

    @Test
    void layout_isThatOfTheHeadersOfC() {
        assertThat(Stream.of(Layout.values()).map(field -> field + " " + field.offset()))
                .containsExactlyElementsOf(Recorded.lines("wine/layout.txt"));
    }

    private Memory text(String text) {
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_16LE);
        Memory memory = new Memory(bytes.length);
        memory.write(0, bytes, 0, bytes.length);
        alive.add(memory);
        return memory;
    }

    @Test
    void config_ofAFullStructure_isReadFieldByField() {
        Memory memory = new Memory(Layout.CONFIG_SIZE.offset());
        memory.setInt(Layout.CONFIG_SERVICE_TYPE.offset(), 0x10);
        memory.setInt(Layout.CONFIG_START_TYPE.offset(), 3);
        memory.setInt(Layout.CONFIG_ERROR_CONTROL.offset(), 1);
        memory.setPointer(Layout.CONFIG_BINARY_PATH.offset(), text("C:\\ä.exe"));
        memory.setPointer(Layout.CONFIG_GROUP.offset(), text("group"));
        memory.setInt(Layout.CONFIG_TAG.offset(), 7);
        memory.setPointer(Layout.CONFIG_DEPENDENCIES.offset(), ServiceMemory.encodeTexts(List.of("tcpip", "+net")));
        memory.setPointer(Layout.CONFIG_ACCOUNT.offset(), text("LocalSystem"));
        memory.setPointer(Layout.CONFIG_DISPLAY_NAME.offset(), text(""));

        assertThat(ServiceMemory.config(memory))
                .isEqualTo(
                        new Config(0x10, 3, 1, "C:\\ä.exe", "group", 7, List.of("tcpip", "+net"), "LocalSystem", ""));
    }

    @Test
    void config_ofNullPointers_isEmptyTexts() {
        Memory memory = new Memory(Layout.CONFIG_SIZE.offset());
        memory.clear();

        assertThat(ServiceMemory.config(memory)).isEqualTo(new Config(0, 0, 0, "", "", 0, List.of(), "", ""));
    }

    @Test
    void failureActions_encoded_areReadBack() {
        FailureActions actions = new FailureActions(
                -1, "bye", "C:\\x.cmd", List.of(new Action(1, 5_000), new Action(2, 0), new Action(0, 60_000)));
        Encoded encoded = ServiceMemory.encode(actions);

        assertThat(ServiceMemory.failureActions(encoded.structure())).isEqualTo(actions);
        assertThat(encoded.parts()).hasSize(3);
    }

    @Test
    void failureActions_none_areDeletedAndNotLeftAlone() {
        Encoded encoded = ServiceMemory.encode(new FailureActions(0, "", "", List.of()));

        assertThat(encoded.structure().getPointer(Layout.FAILURE_ACTIONS.offset()))
                .isNotEqualTo(Pointer.NULL);
        assertThat(encoded.structure().getInt(Layout.FAILURE_COUNT.offset())).isZero();
        assertThat(encoded.structure()
                        .getPointer(Layout.FAILURE_REBOOT_MESSAGE.offset())
                        .getShort(0))
                .isZero();
    }

    @Test
    void failureActions_countWithoutPointer_areNone() {
        Memory memory = new Memory(Layout.FAILURE_SIZE.offset());
        memory.clear();
        memory.setInt(Layout.FAILURE_COUNT.offset(), 3);

        assertThat(ServiceMemory.failureActions(memory).actions()).isEmpty();
    }

    @Test
    void description_encoded_isReadBack() {
        Encoded encoded = ServiceMemory.encodeDescription("a\nä");

        assertThat(ServiceMemory.description(encoded.structure())).isEqualTo("a\nä");
        assertThat(encoded.parts()).hasSize(1);
    }

    @Test
    void flag_encoded_isReadBack() {
        assertThat(ServiceMemory.flag(ServiceMemory.encodeFlag(true).structure()))
                .isTrue();
        assertThat(ServiceMemory.flag(ServiceMemory.encodeFlag(false).structure()))
                .isFalse();
    }

    @Test
    void texts_none_areTwoNuls() {
        assertThat(ServiceMemory.encodeTexts(List.of()).size()).isEqualTo(2);
        assertThat(ServiceMemory.encodeTexts(List.of("a")).getByteArray(0, 6)).containsExactly('a', 0, 0, 0, 0, 0);
    }

    @Test
    void dependentNames_areReadStructureByStructure() {
        Memory memory = new Memory(2L * Layout.DEPENDENT_SIZE.offset());
        memory.setPointer(0, text("one"));
        memory.setPointer(Layout.DEPENDENT_SIZE.offset(), text("two"));

        assertThat(ServiceMemory.dependentNames(memory, 2)).containsExactly("one", "two");
    }
}
