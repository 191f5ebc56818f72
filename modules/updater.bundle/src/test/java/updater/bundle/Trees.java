package updater.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Trees on disk, described as text to be compared. */
final class Trees {
    private Trees() {}

    /** Returns type, mode and content of every path below a directory. */
    static SortedMap<String, String> describe(Path directory) throws IOException {
        SortedMap<String, String> description = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.filter(path -> !path.equals(directory)).toList()) {
                String mode =
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
                String content = Files.isSymbolicLink(path)
                        ? "-> " + Files.readSymbolicLink(path)
                        : Files.isDirectory(path) ? "/" : HexFormat.of().formatHex(Files.readAllBytes(path));
                description.put(directory.relativize(path).toString(), mode + " " + content);
            }
        }
        return description;
    }

    static Path write(Path file, String content, String permissions) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    /** Makes a small bundle's content. */
    static Path sample(Path directory) throws IOException {
        write(directory.resolve("updater"), "#!/bin/sh\n", "rwxr-xr-x");
        write(directory.resolve("updater-runtime/bin/java"), "elf", "rwxr-xr-x");
        write(directory.resolve("updater-runtime/product.json"), "{}", "rw-r--r--");
        write(directory.resolve("install/agent.service"), "[Unit]\n", "rw-r--r--");
        write(directory.resolve("config.yaml"), "a: b\n", "rw-r--r--");
        Files.createDirectories(directory.resolve("empty/inner"));
        return directory;
    }
}
