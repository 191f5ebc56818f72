package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Space;

/** The sums of what will be written, one for each file system, to be compared with what there is. */
public final class SpaceNeeds {
    private final Disk disk;
    private final Map<Long, Need> needs = new LinkedHashMap<>();

    /** What will be written on one file system. */
    static final class Need {
        private final Path where;
        private final long blockSize;
        private long bytes;
        private long inodes;
        private long largest;

        private Need(Path where, long blockSize) {
            this.where = where;
            this.blockSize = blockSize;
        }

        /** Adds what is not a file of its own, such as phase records to come. */
        void add(long moreBytes, long moreInodes) {
            bytes += moreBytes;
            inodes += moreInodes;
        }

        /** Adds a file or directory of its own: whole blocks, one inode. */
        void addFile(long size) {
            bytes += roundUp(size, blockSize);
            inodes++;
        }

        /** Adds the largest of all sizes given here: one file at a time will have its copy beside it. */
        void addPassing(long size) {
            largest = Math.max(largest, roundUp(size, blockSize));
        }

        private long allBytes() {
            return bytes + largest;
        }

        private long allInodes() {
            return inodes + (largest > 0 ? 1 : 0);
        }
    }

    SpaceNeeds(Disk disk) {
        this.disk = disk;
    }

    /** Returns the sum for the file system that a directory is on; {@code path} leads to it, and is what a refusal names. */
    Need at(Path path, Directory directory) throws IOException {
        long device = directory.self().device();
        Need known = needs.get(device);
        if (known != null) {
            return known;
        }
        Need need = new Need(path, disk.space(path).blockSize());
        needs.put(device, need);
        return need;
    }

    /** Adds all of other sums. */
    void add(SpaceNeeds others) {
        others.needs.forEach((device, other) -> {
            Need need = needs.computeIfAbsent(device, any -> new Need(other.where, other.blockSize));
            need.bytes += other.bytes;
            need.inodes += other.inodes;
            need.largest = Math.max(need.largest, other.largest);
        });
    }

    /**
     * Compares with what there is now.
     *
     * @throws UpdateFailure.Refused with the bytes or inodes needed and available, where it does not suffice
     */
    void require() throws IOException, UpdateFailure.Refused {
        for (Need need : needs.values()) {
            Space space = disk.space(need.where);
            if (need.allBytes() > space.usableBytes()) {
                throw tooFewBytes(need.where, need.allBytes(), space.usableBytes(), Optional.empty());
            }
            OptionalLong inodes = space.freeInodes();
            if (inodes.isPresent() && need.allInodes() > inodes.getAsLong()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.NO_SPACE,
                        "not enough inodes at " + need.where + ": the update needs " + need.allInodes() + ", "
                                + inodes.getAsLong() + " are available",
                        "Remove at least " + (need.allInodes() - inodes.getAsLong()) + " files or directories there");
            }
        }
    }

    /** Returns the refusal of an update for which there seemed to be enough, but was not: a file system needs some itself. */
    UpdateFailure.Refused beyond(Need need, Throwable cause) throws IOException {
        long available = disk.space(need.where).usableBytes();
        return tooFewBytes(
                need.where, Math.max(need.allBytes(), available + need.blockSize), available, Optional.of(cause));
    }

    private static UpdateFailure.Refused tooFewBytes(
            Path where, long needed, long available, Optional<Throwable> cause) {
        String message = "not enough disk space at " + where + ": the update needs " + needed + " bytes, " + available
                + " are available";
        String advice = "Free at least " + (needed - available) + " bytes there";
        return cause.isPresent()
                ? new UpdateFailure.Refused(RefusalCode.NO_SPACE, message, advice, cause.get())
                : new UpdateFailure.Refused(RefusalCode.NO_SPACE, message, advice);
    }

    private static long roundUp(long size, long block) {
        return block <= 0 ? size : (size + block - 1) / block * block;
    }
}
