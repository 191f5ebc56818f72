package updater.transaction.context;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Disk;

/** The other file systems that are mounted in home and may have been written to: forcing home's own does not reach them. */
public final class WrittenMounts {
    private final Disk disk;
    private final Path home;
    private final Map<Long, String> directories = new LinkedHashMap<>();
    private String last = "";

    public WrittenMounts(Disk disk, Path home) {
        this.disk = disk;
        this.home = home;
    }

    /** Forces what is backed up where that is on a file system of its own. */
    public static void forceBackup(UpdateContext context) throws IOException {
        WrittenMounts mounts =
                new WrittenMounts(context.disk(), context.layout().home());
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            mounts.add(
                    HomeLayout.WORK + "/" + HomeLayout.ROLLBACK,
                    opened.directory(context.layout().work(), HomeLayout.ROLLBACK)
                            .self()
                            .device());
        }
        mounts.force();
    }

    /**
     * Adds a directory in which something may have been changed.
     *
     * @param path relative to home
     */
    public void add(String path, long device) {
        directories.putIfAbsent(device, path);
    }

    /** Adds the directory that a place lies in, if that is in home. */
    public void addParentOf(Place place) throws UpdateFailure.Disk {
        if (!place.anchor().equals(home) || place.parent().equals(last)) {
            return;
        }
        last = place.parent();
        try (DirectoryChain opened = new DirectoryChain(disk)) {
            add(last, opened.parent(place).self().device());
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Nothing was changed in what is not there.
        } catch (IOException e) {
            throw new UpdateFailure.Disk("look at", home.resolve(last).toString(), e);
        }
    }

    /** Makes what was changed on these file systems durable, but for home's own. Idempotent. */
    public void force() throws IOException {
        try (Directory itself = disk.open(home);
                DirectoryChain opened = new DirectoryChain(disk)) {
            directories.remove(itself.self().device());
            for (String path : directories.values()) {
                opened.directory(home, path).syncFileSystem();
            }
        }
    }
}
