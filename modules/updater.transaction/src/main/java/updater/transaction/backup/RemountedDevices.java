package updater.transaction.backup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Stat;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.transaction.context.UpdateContext;

/**
 * The numbers that the devices of a manifest have now. A file system may get another one whenever it is mounted, as after a
 * reboot, while its inodes keep theirs: a file that is compared by its inode would be taken for another one.
 *
 * <p>A device is found again by the first directory of the manifest that lay on it. Where that is another directory by now, the
 * old number stays, and nothing on that device passes for what it was. No directory lies on the devices that an overlay shows
 * for its files: those are found again by each file's own inode.
 */
final class RemountedDevices {
    private final UpdateContext context;
    private final Map<Long, Long> now = new HashMap<>();

    RemountedDevices(UpdateContext context) {
        this.context = context;
    }

    /** Returns what is recorded of a file of home, with the number that its device has now. */
    FileEntry renumbered(FileEntry recorded) throws IOException {
        Stat stat = recorded.stat();
        if (!now.containsKey(stat.device()) && stat.type() == FileType.DIRECTORY) {
            now.put(
                    stat.device(),
                    there(recorded.path())
                            .filter(found -> found.type() == FileType.DIRECTORY && found.inode() == stat.inode())
                            .map(Stat::device)
                            .orElse(stat.device()));
        }
        long device = now.containsKey(stat.device()) ? now.get(stat.device()) : ofFile(recorded);
        return device == stat.device() ? recorded : recorded.withDevice(device);
    }

    private long ofFile(FileEntry recorded) throws IOException {
        return there(recorded.path())
                .filter(found -> found.type() == recorded.type()
                        && found.inode() == recorded.stat().inode())
                .map(Stat::device)
                .orElse(recorded.stat().device());
    }

    private Optional<Stat> there(String path) throws IOException {
        try {
            if (path.isEmpty()) {
                try (Directory home = context.disk().open(context.layout().home())) {
                    return Optional.of(home.self());
                }
            }
            try (DirectoryChain opened = new DirectoryChain(context.disk())) {
                Place place = new Place(context.layout().home(), path);
                return opened.parent(place).lookup(place.name()).map(FileEntry::stat);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }
}
