package updater.service.macos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import updater.api.service.HostFiles;

/** The files of a provider, written the plain way into directories that are there. */
final class PlainHostFiles implements HostFiles {
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
        if (readOnly) {
            throw new IOException(file + ": Read-only file system");
        }
        Path fresh = Files.write(file.resolveSibling(".fresh"), content);
        Files.setAttribute(fresh, "unix:mode", mode);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void link(Path link, String target) {
        throw new UnsupportedOperationException("launchd needs no links");
    }

    @Override
    public void delete(Path file) throws IOException {
        if (readOnly) {
            throw new IOException(file + ": Read-only file system");
        }
        Files.deleteIfExists(file);
    }
}
