package updater.transaction.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;

/**
 * Something that an agent does to a path in home.
 *
 * @param pick which one of the paths there are
 * @param salt decides about the rest
 */
public record Deed(What what, int pick, int salt) {
    enum What {
        WRITE,
        REWRITE_SAME_SIZE_AND_TIME,
        APPEND,
        REPLACE,
        DELETE,
        CHMOD,
        CHOWN,
        RENAME,
        CREATE,
        MAKE_DIRECTORY,
        MAKE_LINK,
        LINK_HARD,
        TOUCH,
        ANNOTATE,
        FILE_TO_DIRECTORY,
        DIRECTORY_TO_FILE,
        RENAME_DIRECTORY_AND_MAKE_IT_AGAIN
    }

    /** Returns all that is in home and not mutable, in order. */
    static List<Path> pathsIn(Path home) {
        List<Path> found = new ArrayList<>();
        collect(home, home, found);
        Collections.sort(found);
        return found;
    }

    private static void collect(Path home, Path directory, List<Path> found) {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            for (Path child : children) {
                if (World.IGNORED.test(home.relativize(child).toString())) {
                    continue;
                }
                found.add(child);
                if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                    collect(home, child, found);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Does all of them, where they make sense; paths that are not {@code allowed} are left alone. */
    static void perform(Path home, List<Deed> deeds, Predicate<String> allowed) throws IOException {
        for (Deed deed : deeds) {
            List<Path> paths = pathsIn(home).stream()
                    .filter(path -> allowed.test(home.relativize(path).toString()))
                    .toList();
            if (!paths.isEmpty()) {
                deed.perform(paths.get(Math.floorMod(deed.pick(), paths.size())));
            }
        }
    }

    private void perform(Path path) throws IOException {
        boolean file = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
        boolean directory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
        Path beside = path.resolveSibling("made-" + Math.floorMod(salt, 5));
        Path inside = (directory ? path : path.getParent()).resolve("ünï made " + Math.floorMod(salt, 5));
        switch (what) {
            case WRITE -> {
                if (file) {
                    Files.write(path, Node.content(salt));
                }
            }
            case REWRITE_SAME_SIZE_AND_TIME -> rewrite(path, file);
            case APPEND -> {
                if (file) {
                    Files.writeString(path, "more", StandardOpenOption.APPEND);
                }
            }
            case REPLACE -> {
                if (!directory) {
                    Path temporary = path.resolveSibling(".temporary");
                    Files.write(temporary, Node.content(salt));
                    Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
                }
            }
            case DELETE -> World.remove(path);
            case CHMOD -> {
                if (file || directory) {
                    Files.setAttribute(path, "unix:mode", Math.floorMod(salt, 010000));
                }
            }
            case CHOWN -> {
                if (Node.isRoot()) {
                    Files.setAttribute(path, "unix:uid", Math.floorMod(salt, 3), LinkOption.NOFOLLOW_LINKS);
                    Files.setAttribute(path, "unix:gid", Math.floorMod(salt, 5), LinkOption.NOFOLLOW_LINKS);
                }
            }
            case RENAME -> {
                if (!Files.exists(beside, LinkOption.NOFOLLOW_LINKS)) {
                    Files.move(path, beside);
                }
            }
            case CREATE -> {
                if (!Files.exists(inside, LinkOption.NOFOLLOW_LINKS)) {
                    Files.write(inside, Node.content(salt));
                }
            }
            case MAKE_DIRECTORY -> {
                if (!Files.exists(inside, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectories(inside.resolve("empty"));
                }
            }
            case MAKE_LINK -> {
                if (!Files.exists(inside, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(inside, Path.of("/etc/passwd"));
                }
            }
            case LINK_HARD -> {
                if (file && !Files.exists(beside, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createLink(beside, path);
                }
            }
            case TOUCH -> {
                if (file || directory) {
                    Files.setLastModifiedTime(path, FileTime.from(Instant.ofEpochSecond(Math.floorMod(salt, 99_999))));
                }
            }
            case ANNOTATE -> {
                if (file || directory) {
                    Files.getFileAttributeView(path, UserDefinedFileAttributeView.class)
                            .write("deed", ByteBuffer.wrap(("" + salt).getBytes(StandardCharsets.UTF_8)));
                }
            }
            case FILE_TO_DIRECTORY -> {
                if (!directory) {
                    Files.delete(path);
                    Files.createDirectories(path.resolve("was a file"));
                }
            }
            case DIRECTORY_TO_FILE -> {
                if (directory) {
                    World.remove(path);
                    if (salt % 2 == 0) {
                        Files.write(path, Node.content(salt));
                    } else {
                        Files.createSymbolicLink(path, Path.of("/etc/passwd"));
                    }
                }
            }
            case RENAME_DIRECTORY_AND_MAKE_IT_AGAIN -> {
                if (directory && !Files.exists(beside, LinkOption.NOFOLLOW_LINKS)) {
                    Files.move(path, beside);
                    Files.createDirectory(
                            path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                }
            }
        }
    }

    /** Only the inode's change time tells. */
    private void rewrite(Path path, boolean file) throws IOException {
        if (file && Files.size(path) > 0) {
            FileTime before = Files.getLastModifiedTime(path);
            byte[] content = new byte[(int) Files.size(path)];
            java.util.Arrays.fill(content, (byte) salt);
            Files.write(path, content);
            Files.setLastModifiedTime(path, before);
        }
    }
}
