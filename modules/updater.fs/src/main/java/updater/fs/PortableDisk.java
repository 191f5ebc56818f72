package updater.fs;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** A disk that reaches everything by path, on any file system of NIO. */
final class PortableDisk implements Disk {
    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        if (!absoluteDirectory.isAbsolute()) {
            throw new IllegalArgumentException("not absolute: " + absoluteDirectory);
        }
        Path real = absoluteDirectory.toRealPath();
        if (!Files.isDirectory(real)) {
            throw new NotDirectoryException(absoluteDirectory.toString());
        }
        return new PortableDirectory(real, absoluteDirectory);
    }

    @Override
    public Space space(Path path) throws IOException {
        FileStore store = Files.getFileStore(path);
        return new Space(store.getUsableSpace(), OptionalLong.empty(), store.type(), blockSize(store));
    }

    private static long blockSize(FileStore store) throws IOException {
        try {
            return store.getBlockSize();
        } catch (UnsupportedOperationException e) {
            return 1;
        }
    }
}
