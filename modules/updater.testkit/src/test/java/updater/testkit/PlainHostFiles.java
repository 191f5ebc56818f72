package updater.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.service.HostFiles;

/** The files of a provider on the disk of the tests, written the plain way: by rename, and not forced. */
public final class PlainHostFiles implements HostFiles {
    /** What was written, in order. */
    public final List<Path> written = new ArrayList<>();

    /** Whether nothing can be written or made, though removed. */
    public boolean full;

    /** Whether nothing can be changed. */
    public boolean readOnly;

    private final Set<Path> made = new HashSet<>();

    @Override
    public Optional<byte[]> read(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? Optional.of(Files.readAllBytes(file))
                : Optional.empty();
    }

    @Override
    public void write(Path file, byte[] content, int mode) throws IOException {
        prepare(file);
        Path fresh = Files.write(file.resolveSibling("." + file.getFileName() + ".fresh"), content);
        Files.setAttribute(fresh, "unix:mode", mode);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        written.add(file);
    }

    @Override
    public void link(Path link, String target) throws IOException {
        prepare(link);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, link.getFileSystem().getPath(target));
    }

    @Override
    public void delete(Path file) throws IOException {
        refuseWhere(readOnly, file + ": Read-only file system");
        if (Files.deleteIfExists(file) && made.remove(file.getParent())) {
            Files.delete(file.getParent());
        }
    }

    private void prepare(Path file) throws IOException {
        refuseWhere(readOnly, file + ": Read-only file system");
        refuseWhere(full, "No space left on device");
        if (!Files.exists(file.getParent())) {
            Files.createDirectories(file.getParent());
            made.add(file.getParent());
        }
    }

    private static void refuseWhere(boolean wrong, String message) throws IOException {
        if (wrong) {
            throw new IOException(message);
        }
    }
}
