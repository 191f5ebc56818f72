package updater.fs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import updater.api.Bytes;

/** Read and write extended attributes, ACLs, capabilities and labels among them. */
final class LinuxAttributes {
    private final LinuxCalls calls;

    LinuxAttributes(LinuxCalls calls) {
        this.calls = calls;
    }

    /** Returns all that can be read; what vanishes while it is read is left out. */
    Map<String, Bytes> read(String path, boolean follow) throws IOException {
        Map<String, Bytes> found = new LinkedHashMap<>();
        for (byte[] name : names(path, follow)) {
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

    /** Makes the attributes exactly these, and returns whether they were others. */
    boolean write(String path, Map<String, Bytes> exactly) throws IOException {
        boolean changed = false;
        Map<String, Bytes> present = read(path, true);
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

    private List<byte[]> names(String path, boolean follow) throws IOException {
        byte[] list;
        try {
            list = calls.attributeNames(path, follow);
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
                names.add(java.util.Arrays.copyOfRange(list, start, i));
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
