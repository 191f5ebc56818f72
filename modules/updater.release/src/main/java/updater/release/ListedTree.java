package updater.release;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * A tree on disk whose files are being listed.
 *
 * @param root the tree
 * @param writer of its list
 */
record ListedTree(Path root, FileList.Writer writer) {
    private static final int EXECUTABLE = 0755;
    private static final int PLAIN = 0644;
    private static final int MODE_BITS = 07777;

    void add() throws IOException, ReleaseRefused {
        addChildren(root, "");
    }

    private void addChildren(Path directory, String path) throws IOException, ReleaseRefused {
        List<ListedPath> names = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            for (Path child : children) {
                String name = String.valueOf(child.getFileName());
                if (!path.isEmpty() || !name.equals(FileList.DIRECTORY)) {
                    names.add(named(child, path.isEmpty() ? name : path + "/" + name));
                }
            }
        }
        names.sort(ListedPath::compareTo);
        for (ListedPath child : names) {
            add(root.resolve(child.text()), child.text());
        }
    }

    private static ListedPath named(Path child, String path) throws ReleaseRefused {
        try {
            return ListedPath.of(path);
        } catch (IllegalArgumentException e) {
            throw refuse(child, String.valueOf(e.getMessage()));
        }
    }

    private void add(Path file, String path) throws IOException, ReleaseRefused {
        BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isDirectory() && !attributes.isRegularFile()) {
            throw refuse(file, "expected a regular file or a directory");
        }
        int mode = mode(file, attributes.isDirectory());
        try {
            if (attributes.isDirectory()) {
                writer.add(FileList.Entry.directory(path, mode));
            } else {
                writer.add(content(file, path, mode));
            }
        } catch (IllegalArgumentException e) {
            throw refuse(file, String.valueOf(e.getMessage()));
        }
        if (attributes.isDirectory()) {
            addChildren(file, path);
        }
    }

    /** What was read counts, whatever size the file had before. */
    private static FileList.Entry content(Path file, String path, int mode) throws IOException {
        MessageDigest hash = Grammar.newSha256();
        byte[] buffer = new byte[1 << 16];
        long size = 0;
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                hash.update(buffer, 0, count);
                size += count;
            }
        }
        return FileList.Entry.file(path, mode, size, Grammar.hex(hash.digest()));
    }

    private static int mode(Path file, boolean directory) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & MODE_BITS;
        }
        return directory || Files.isExecutable(file) ? EXECUTABLE : PLAIN;
    }

    private static ReleaseRefused refuse(Path file, String problem) {
        return new ReleaseRefused(
                ReleaseRefused.Check.FILES, "file list, " + Grammar.printable(file.toString()) + ": " + problem);
    }
}
