package updater.service.windows;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.FailureActions;

/**
 * The structures of {@code winsvc.h} in memory, laid out and read for 64-bit Windows.
 *
 * <p>By offsets, not by JNA's {@code Structure}: that reflects into public fields of public classes, which a module
 * would have to open for it; and plain memory can be tested on any system. The offsets are compared with those the C
 * headers give.
 */
final class ServiceMemory {
    /** Offsets and sizes, by the names of the fields. */
    enum Layout {
        CONFIG_SERVICE_TYPE(0),
        CONFIG_START_TYPE(4),
        CONFIG_ERROR_CONTROL(8),
        CONFIG_BINARY_PATH(16),
        CONFIG_GROUP(24),
        CONFIG_TAG(32),
        CONFIG_DEPENDENCIES(40),
        CONFIG_ACCOUNT(48),
        CONFIG_DISPLAY_NAME(56),
        CONFIG_SIZE(64),
        FAILURE_RESET(0),
        FAILURE_REBOOT_MESSAGE(8),
        FAILURE_COMMAND(16),
        FAILURE_COUNT(24),
        FAILURE_ACTIONS(32),
        FAILURE_SIZE(40),
        ACTION_TYPE(0),
        ACTION_DELAY(4),
        ACTION_SIZE(8),
        DEPENDENT_NAME(0),
        DEPENDENT_SIZE(48);

        private final int offset;

        Layout(int offset) {
            this.offset = offset;
        }

        int offset() {
            return offset;
        }
    }

    private static final int BOOL_SIZE = 4;

    private ServiceMemory() {}

    static Config config(Pointer memory) {
        return new Config(
                memory.getInt(Layout.CONFIG_SERVICE_TYPE.offset),
                memory.getInt(Layout.CONFIG_START_TYPE.offset),
                memory.getInt(Layout.CONFIG_ERROR_CONTROL.offset),
                text(memory, Layout.CONFIG_BINARY_PATH),
                text(memory, Layout.CONFIG_GROUP),
                memory.getInt(Layout.CONFIG_TAG.offset),
                texts(pointer(memory, Layout.CONFIG_DEPENDENCIES)),
                text(memory, Layout.CONFIG_ACCOUNT),
                text(memory, Layout.CONFIG_DISPLAY_NAME));
    }

    static FailureActions failureActions(Pointer memory) {
        Pointer first = pointer(memory, Layout.FAILURE_ACTIONS);
        int count = first == null ? 0 : memory.getInt(Layout.FAILURE_COUNT.offset);
        List<Action> actions = new ArrayList<>();
        for (int i = 0; i < count && first != null; i++) {
            Pointer action = first.share((long) i * Layout.ACTION_SIZE.offset);
            actions.add(
                    new Action(action.getInt(Layout.ACTION_TYPE.offset), action.getInt(Layout.ACTION_DELAY.offset)));
        }
        return new FailureActions(
                memory.getInt(Layout.FAILURE_RESET.offset),
                text(memory, Layout.FAILURE_REBOOT_MESSAGE),
                text(memory, Layout.FAILURE_COMMAND),
                actions);
    }

    static List<String> dependentNames(Pointer memory, int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(text(memory.share((long) i * Layout.DEPENDENT_SIZE.offset), Layout.DEPENDENT_NAME));
        }
        return names;
    }

    /** {@code SERVICE_DESCRIPTIONW}: one pointer. */
    static String description(Pointer memory) {
        Pointer text = memory.getPointer(0);
        return text == null ? "" : wide(text);
    }

    /** One {@code BOOL}. */
    static boolean flag(Pointer memory) {
        return memory.getInt(0) != 0;
    }

    /** A structure in memory, and what it points to, kept alive for as long as the structure is used. */
    record Encoded(Memory structure, List<Memory> parts) {}

    /**
     * Encodes failure actions. A text that is null stays as it is, one that is empty is deleted. No actions are said by a
     * count of 0 with a pointer all the same: with none, the reset period would be ignored, and the old actions stay.
     */
    static Encoded encode(FailureActions failure) {
        List<Memory> parts = new ArrayList<>();
        Memory actions = cleared((long) Math.max(1, failure.actions().size()) * Layout.ACTION_SIZE.offset);
        parts.add(actions);
        for (int i = 0; i < failure.actions().size(); i++) {
            Pointer action = actions.share((long) i * Layout.ACTION_SIZE.offset);
            action.setInt(Layout.ACTION_TYPE.offset, failure.actions().get(i).type());
            action.setInt(Layout.ACTION_DELAY.offset, failure.actions().get(i).delayMillis());
        }
        Memory structure = cleared(Layout.FAILURE_SIZE.offset);
        structure.setInt(Layout.FAILURE_RESET.offset, failure.resetSeconds());
        structure.setPointer(Layout.FAILURE_REBOOT_MESSAGE.offset, kept(parts, wide(failure.rebootMessage())));
        structure.setPointer(Layout.FAILURE_COMMAND.offset, kept(parts, wide(failure.command())));
        structure.setInt(Layout.FAILURE_COUNT.offset, failure.actions().size());
        structure.setPointer(Layout.FAILURE_ACTIONS.offset, actions);
        return new Encoded(structure, parts);
    }

    static Encoded encodeDescription(String description) {
        List<Memory> parts = new ArrayList<>();
        Memory structure = cleared(Native.POINTER_SIZE);
        structure.setPointer(0, kept(parts, wide(description)));
        return new Encoded(structure, parts);
    }

    static Encoded encodeFlag(boolean flag) {
        Memory structure = cleared(BOOL_SIZE);
        structure.setInt(0, flag ? 1 : 0);
        return new Encoded(structure, List.of());
    }

    /** Texts one after the other, each ended by a NUL, and one more NUL behind the last. */
    static Memory encodeTexts(List<String> texts) {
        return wide(String.join("\0", texts) + (texts.isEmpty() ? "" : "\0"));
    }

    private static Memory kept(List<Memory> parts, Memory part) {
        parts.add(part);
        return part;
    }

    static Memory cleared(long size) {
        Memory memory = new Memory(size);
        memory.clear();
        return memory;
    }

    /** UTF-16, little-endian, and a NUL: {@code wchar_t} of Windows, on every system. */
    private static Memory wide(String text) {
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_16LE);
        Memory memory = new Memory(bytes.length);
        memory.write(0, bytes, 0, bytes.length);
        return memory;
    }

    private static String wide(Pointer text) {
        StringBuilder read = new StringBuilder();
        for (long at = 0; text.getShort(at) != 0; at += Character.BYTES) {
            read.append((char) text.getShort(at));
        }
        return read.toString();
    }

    private static @Nullable Pointer pointer(Pointer memory, Layout field) {
        return memory.getPointer(field.offset);
    }

    private static String text(Pointer memory, Layout field) {
        return Optional.ofNullable(pointer(memory, field))
                .map(ServiceMemory::wide)
                .orElse("");
    }

    private static List<String> texts(@Nullable Pointer first) {
        List<String> texts = new ArrayList<>();
        for (Pointer next = first; next != null && next.getShort(0) != 0; ) {
            String text = wide(next);
            texts.add(text);
            next = next.share((long) (text.length() + 1) * Character.BYTES);
        }
        return texts;
    }
}
