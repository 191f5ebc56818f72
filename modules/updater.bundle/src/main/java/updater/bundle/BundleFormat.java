package updater.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** An archive format that agents unpack. */
public enum BundleFormat {
    TAR_GZ,
    ZIP;

    /** Returns the format that a file name asks for, by {@code .tar.gz}, {@code .tgz} or {@code .zip}. */
    public static Optional<BundleFormat> ofName(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".tar.gz") || name.endsWith(".tgz")) {
            return Optional.of(TAR_GZ);
        }
        return name.endsWith(".zip") ? Optional.of(ZIP) : Optional.empty();
    }

    /** Returns the format a file has, by its first bytes: RFC 1952 §2.3.1, PKWARE's APPNOTE §4.3.7 and §4.3.16. */
    static Optional<BundleFormat> ofContent(Path file) throws IOException {
        byte[] first;
        try (InputStream in = Files.newInputStream(file)) {
            first = in.readNBytes(4);
        }
        if (first.length >= 2 && first[0] == 0x1f && first[1] == (byte) 0x8b) {
            return Optional.of(TAR_GZ);
        }
        boolean zip = first.length == 4
                && first[0] == 'P'
                && first[1] == 'K'
                && ((first[2] == 3 && first[3] == 4) || (first[2] == 5 && first[3] == 6));
        return zip ? Optional.of(ZIP) : Optional.empty();
    }
}
