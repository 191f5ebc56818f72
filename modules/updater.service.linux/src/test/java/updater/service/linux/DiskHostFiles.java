package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import updater.api.service.HostFiles;

/** The files of a provider, written the plain way. */
final class DiskHostFiles implements HostFiles {
    private final Set<Path> made = new HashSet<>();

    /** Every write fails where this is set. */
    boolean readOnly;

    @Override
    public Optional<byte[]> read(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? Optional.of(Files.readAllBytes(file))
                : Optional.empty();
    }

    @Override
    public void write(Path file, byte[] content, int mode) throws IOException {
        prepare(file);
        Files.write(file, content);
        Files.setAttribute(file, "unix:mode", mode);
    }

    @Override
    public void link(Path link, String target) throws IOException {
        prepare(link);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, link.getFileSystem().getPath(target));
    }

    @Override
    public void delete(Path file) throws IOException {
        if (Files.deleteIfExists(file) && made.remove(file.getParent())) {
            Files.delete(file.getParent());
        }
    }

    private void prepare(Path file) throws IOException {
        if (readOnly) {
            throw new IOException(file + ": Read-only file system");
        }
        if (!Files.exists(file.getParent())) {
            Files.createDirectories(file.getParent());
            made.add(file.getParent());
        }
    }
}
