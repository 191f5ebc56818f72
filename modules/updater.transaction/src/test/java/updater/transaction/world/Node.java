package updater.transaction.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.List;

/**
 * Something to be planted in a tree.
 *
 * @param salt decides about content, mode, owner, time and attributes
 */
public record Node(Kind kind, String path, int salt) {
    public enum Kind {
        FILE,
        DIRECTORY,
        LINK,
        HARD_LINK,
        SOCKET
    }

    private static final int[] FILE_MODES = {0644, 0755, 0600, 0400, 0444, 0000, 0777, 04755, 0640};
    private static final int[] DIRECTORY_MODES = {0755, 0700, 0555, 0500, 0775, 01777, 02755};
    private static final int[] STAGED_MODES = {0755, 0700, 0744, 0750};
    private static final int[] OWNERS = {0, 1000, 4711};
    /** None leads to a directory outside, which an update of root's would write in. */
    private static final List<String> TARGETS =
            List.of("nowhere", "/etc/passwd", "..", "lib", "a", "/dev/null", "../../x y", ".");

    /** Plants all that fit: what would need a file to be a directory, or is there already, is left out. */
    public static void plant(Path tree, List<Node> nodes) throws IOException {
        plant(tree, nodes, false);
    }

    /** Plants what an unpacker leaves: plain modes, and neither owners nor attributes. */
    static void stage(Path tree, List<Node> nodes) throws IOException {
        plant(tree, nodes, true);
    }

    private static void plant(Path tree, List<Node> nodes, boolean staged) throws IOException {
        for (Node node : nodes) {
            node.plant(tree, staged);
        }
        for (Node node : nodes.reversed()) {
            Path path = tree.resolve(node.path());
            if (node.kind() == Kind.DIRECTORY && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                age(path, node.salt());
            }
        }
    }

    private void plant(Path tree, boolean staged) throws IOException {
        Path path = tree.resolve(path());
        if (!fits(tree)) {
            return;
        }
        Files.createDirectories(path.getParent());
        switch (kind) {
            case FILE -> {
                Files.write(path, content(salt));
                dress(path, staged, FILE_MODES);
            }
            case DIRECTORY -> {
                Files.createDirectory(path);
                dress(path, staged, DIRECTORY_MODES);
            }
            case LINK -> {
                Files.createSymbolicLink(path, Path.of(TARGETS.get(Math.floorMod(salt, TARGETS.size()))));
                own(path);
            }
            case HARD_LINK -> linkHard(tree, path);
            case SOCKET -> {
                try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                    socket.bind(UnixDomainSocketAddress.of(path));
                }
                own(path);
            }
        }
    }

    /** Returns whether nothing is there, and nothing but directories on the way. */
    boolean fits(Path tree) {
        Path path = tree.resolve(path());
        for (Path above = path.getParent(); !above.equals(tree); above = above.getParent()) {
            if (Files.exists(above, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isDirectory(above, LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
        }
        return !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    private void linkHard(Path tree, Path path) throws IOException {
        List<Path> files = Deed.pathsIn(tree).stream()
                .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                // By these a test knows what runs.
                .filter(file -> !String.valueOf(file.getFileName()).startsWith("agent"))
                // A second name of one with special bits is refused, should it be replaced.
                .filter(file -> !isSpecial(file))
                .toList();
        if (!files.isEmpty()) {
            Files.createLink(path, files.get(Math.floorMod(salt, files.size())));
        }
    }

    private static boolean isSpecial(Path file) {
        try {
            return ((int) Files.getAttribute(file, "unix:mode") & 07000) != 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] content(int salt) {
        int size = switch (Math.floorMod(salt, 8)) {
            case 0 -> 0;
            case 1 -> 70_000;
            default -> Math.floorMod(salt, 5) + 3;
        };
        byte[] content = new byte[size];
        for (int i = 0; i < size; i++) {
            content[i] = (byte) (salt + i * 31);
        }
        return content;
    }

    private void dress(Path path, boolean staged, int[] modes) throws IOException {
        if (staged) {
            Files.setAttribute(path, "unix:mode", STAGED_MODES[Math.floorMod(salt / 7, STAGED_MODES.length)]);
            age(path, salt);
            return;
        }
        own(path);
        if (Math.floorMod(salt, 3) == 0) {
            Files.getFileAttributeView(path, UserDefinedFileAttributeView.class)
                    .write("note", ByteBuffer.wrap(("salt " + salt).getBytes(StandardCharsets.UTF_8)));
        }
        Files.setAttribute(path, "unix:mode", modes[Math.floorMod(salt / 7, modes.length)]);
        age(path, salt);
    }

    private void own(Path path) throws IOException {
        if (isRoot()) {
            Files.setAttribute(
                    path, "unix:uid", OWNERS[Math.floorMod(salt / 3, OWNERS.length)], LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(
                    path, "unix:gid", OWNERS[Math.floorMod(salt / 5, OWNERS.length)], LinkOption.NOFOLLOW_LINKS);
        }
    }

    static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    private static void age(Path path, int salt) throws IOException {
        Files.setLastModifiedTime(
                path, FileTime.from(Instant.ofEpochSecond(1_600_000_000L + Math.floorMod(salt, 100_000), 123_456_789)));
    }
}
