package updater.fs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import updater.api.Bytes;

/** The extended attributes of a file, ACLs, capabilities and labels among them. */
final class LinuxAttributes {
    private final LinuxCalls calls;

    LinuxAttributes(LinuxCalls calls) {
        this.calls = calls;
    }

    /**
     * Returns all that can be read; what vanishes while it is read is left out, and so is what the kernel makes for each
     * inode of its own.
     */
    Map<String, Bytes> read(String path, boolean follow) throws IOException {
        return read(() -> calls.attributeNames(path, follow), path, follow);
    }

    /** As {@link #read(String, boolean)}, of a file that is open for reading: most have none, and the path is not looked up. */
    Map<String, Bytes> read(int descriptor, String path) throws IOException {
        return read(() -> calls.attributeNames(descriptor), path, true);
    }

    private Map<String, Bytes> read(Failures.Operation<byte[]> list, String path, boolean follow) throws IOException {
        Map<String, Bytes> found = new LinkedHashMap<>();
        for (byte[] name : split(list)) {
            if (text(name).equals(ContentAttributes.VERIFICATION)) {
                continue;
            }
            try {
                found.put(text(name), Bytes.of(calls.attribute(path, name, follow)));
            } catch (SystemCallFailed e) {
                if (!isUnreadable(e)) {
                    throw e;
                }
            }
        }
        return found;
    }

    /** Makes the attributes exactly these, where {@code present} are there, and returns whether that changes them. */
    boolean write(String path, Map<String, Bytes> present, Map<String, Bytes> exactly) throws IOException {
        boolean changed = false;
        for (String name : present.keySet()) {
            if (!exactly.containsKey(name) && !isLabel(name)) {
                calls.removeAttribute(path, bytes(name));
                changed = true;
            }
        }
        for (Map.Entry<String, Bytes> wanted : exactly.entrySet()) {
            if (!Objects.equals(present.get(wanted.getKey()), wanted.getValue())) {
                calls.setAttribute(
                        path, bytes(wanted.getKey()), wanted.getValue().toArray());
                changed = true;
            }
        }
        return changed;
    }

    /** Splits a list of names, each of which ends in a zero byte. */
    private static List<byte[]> split(Failures.Operation<byte[]> source) throws IOException {
        byte[] list;
        try {
            list = source.run();
        } catch (SystemCallFailed e) {
            if (e.number() == SystemCallFailed.EOPNOTSUPP) {
                return List.of();
            }
            throw e;
        }
        List<byte[]> names = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < list.length; i++) {
            if (list[i] == 0) {
                names.add(Arrays.copyOfRange(list, start, i));
                start = i + 1;
            }
        }
        return names;
    }

    private static boolean isUnreadable(SystemCallFailed failure) {
        return switch (failure.number()) {
            case SystemCallFailed.ENODATA,
                    SystemCallFailed.EOPNOTSUPP,
                    SystemCallFailed.EACCES,
                    SystemCallFailed.EPERM -> true;
            default -> false;
        };
    }

    private static boolean isLabel(String name) {
        return name.equals("security.selinux") || name.startsWith("security.SMACK64");
    }

    // Attribute names are bytes; this encoding keeps every one of them.
    private static String text(byte[] name) {
        return new String(name, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.ISO_8859_1);
    }
}
