package updater.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import updater.api.Place;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Opened;

/**
 * Remember one directory of every other file system that is mounted in home and was written to: forcing home's own does
 * not reach them.
 */
final class NestedMounts {
    private final Disk disk;
    private final Path home;
    private final long own;
    private final Map<Long, String> directories = new LinkedHashMap<>();
    private String last = "";

    NestedMounts(Disk disk, Path home) throws IOException {
        this.disk = disk;
        this.home = home;
        try (Directory itself = disk.open(home)) {
            own = itself.self().device();
        }
    }

    /**
     * Adds a directory in which something was changed.
     *
     * @param path relative to home
     */
    void add(String path, long device) {
        if (device != own) {
            directories.putIfAbsent(device, path);
        }
    }

    /** Adds the directory that a place lies in, if that is in home. */
    void addParentOf(Place place) throws UpdateFailure.Disk {
        if (!place.anchor().equals(home) || place.parent().equals(last)) {
            return;
        }
        last = place.parent();
        try (Opened opened = new Opened(disk)) {
            add(last, opened.parent(place).self().device());
        } catch (IOException e) {
            throw new UpdateFailure.Disk("look at", home.resolve(last).toString(), e);
        }
    }

    /** Makes what was changed on these file systems durable. Idempotent. */
    void force() throws IOException {
        try (Opened opened = new Opened(disk)) {
            for (String path : directories.values()) {
                opened.directory(home, path).syncFileSystem();
            }
        }
    }
}
