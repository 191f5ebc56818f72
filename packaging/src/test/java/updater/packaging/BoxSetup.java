package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Makes the overlay of a host's root boot fast and alike on every host. */
final class BoxSetup {

    private BoxSetup() {}

    static void prepare(Path root, BoxSpec spec) {
        try {
            Files.writeString(root.resolve("etc/fstab"), "");
            // An empty one makes systemd believe in a first boot and enable everything its presets name.
            Files.writeString(
                    root.resolve("etc/machine-id"), UUID.randomUUID().toString().replace("-", "") + "\n");
            Path units = Files.createDirectories(root.resolve("etc/systemd/system"));
            Files.createSymbolicLink(
                    units.resolve("default.target"), Path.of("/usr/lib/systemd/system/multi-user.target"));
            for (String unit : spec.masked()) {
                Files.createSymbolicLink(units.resolve(unit), Path.of("/dev/null"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
