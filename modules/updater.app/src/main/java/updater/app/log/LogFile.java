package updater.app.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Reason;
import updater.api.Stat;
import updater.app.host.Console;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Pinned;
import updater.fs.TreeRemoval;

/**
 * The log file in home's log directory. No link is followed there: the owner of home must not be able to make the
 * updater write elsewhere.
 */
public final class LogFile {
    private static final String DIRECTORY = "log";
    private static final String NAME = "updater.log";

    /** What a log is called that had become too long for those who append to it. */
    private static final String EARLIER = NAME + ".1";

    /** A guard that comes every 15 s to what it cannot do says so each time, for as long as nobody does something about it. */
    private static final long MOST_BYTES = 4L << 20;

    private LogFile() {}

    /**
     * Opens the log; where that fails one in the state directory, and the console says so. Where that fails, too, what is
     * logged is dropped. A log that has become long is put aside in the place of the one before, so that there are two at most.
     *
     * @param truncate whether to begin anew, or to append
     */
    public static JsonLogHandler open(Disk disk, HomeLayout layout, Console console, boolean truncate) {
        try {
            return JsonLogHandler.open(Channels.newOutputStream(channel(disk, layout, truncate)));
        } catch (IOException e) {
            return elsewhere(disk, layout, console, truncate, e);
        }
    }

    private static JsonLogHandler elsewhere(
            Disk disk, HomeLayout layout, Console console, boolean truncate, IOException failure) {
        try (Directory state = disk.open(layout.state())) {
            JsonLogHandler log = JsonLogHandler.open(Channels.newOutputStream(in(state, truncate)));
            console.failure(
                    "the log " + layout.log() + " cannot be written: " + Reason.at(failure),
                    "It is written to " + layout.state().resolve(NAME) + " instead");
            return log;
        } catch (IOException e) {
            console.failure(
                    "the log " + layout.log() + " cannot be written: " + Reason.at(failure) + ", nor can one in "
                            + layout.state() + ": " + Reason.at(e),
                    "The updater goes on without it");
            return JsonLogHandler.open(OutputStream.nullOutputStream());
        }
    }

    private static FileChannel channel(Disk disk, HomeLayout layout, boolean truncate) throws IOException {
        try (Directory home = disk.open(layout.home())) {
            if (home.lookup(DIRECTORY).isEmpty()) {
                Stat self = home.self();
                home.createDirectory(DIRECTORY, 0750);
                try (Pinned created = home.pin(DIRECTORY)) {
                    created.own(self.uid(), self.gid());
                }
            }
            if (home.lookup(DIRECTORY)
                    .filter(there -> there.type() == FileType.DIRECTORY)
                    .isEmpty()) {
                throw new IOException(DIRECTORY + " is not a directory, and no link is followed there");
            }
            try (Directory logs = home.child(DIRECTORY)) {
                return in(logs, truncate);
            }
        }
    }

    private static FileChannel in(Directory logs, boolean truncate) throws IOException {
        Optional<FileEntry> there = logs.lookup(NAME);
        boolean usable = there.isPresent()
                && there.get().type() == FileType.REGULAR
                && there.get().stat().links() == 1
                && !truncate;
        if (usable && there.get().size() < MOST_BYTES) {
            return append(logs);
        }
        if (usable || truncate) {
            TreeRemoval.remove(logs, EARLIER);
        }
        if (usable) {
            logs.rename(NAME, logs, EARLIER);
        } else if (there.isPresent()) {
            TreeRemoval.remove(logs, NAME);
        }
        return logs.create(NAME, 0640);
    }

    private static FileChannel append(Directory logs) throws IOException {
        try (Pinned file = logs.pin(NAME)) {
            if (file.entry().stat().links() != 1) {
                throw new IOException(file.display() + " has more than one hard link");
            }
            FileChannel channel = file.write();
            channel.position(channel.size());
            return channel;
        }
    }
}
