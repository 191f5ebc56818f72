package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.Stat;
import updater.api.Ticker;

/** The disk of a Linux host, reached through descriptors and {@code /proc/self/fd}. */
final class LinuxDisk implements Disk {
    static final String DESCRIPTORS = "/proc/self/fd/";

    private final LinuxCalls calls;

    private LinuxDisk(LinuxCalls calls) {
        this.calls = calls;
    }

    /**
     * Returns the disk where this is a Linux that can do it.
     *
     * @param clock by which holders of leases are waited for
     */
    static Optional<Disk> ofHost(Ticker clock) {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return Optional.empty();
        }
        Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        return LinuxCalls.Flags.of(System.getProperty("os.arch", ""))
                .flatMap(flags -> LinuxCalls.load(flags, names, clock))
                .filter(LinuxDisk::works)
                .map(LinuxDisk::new);
    }

    // An old kernel may lack a call that its library has; /proc may be missing, or closed to an unprivileged
    // process that must not be traced.
    private static boolean works(LinuxCalls calls) {
        try {
            int root = calls.openFollowing("/");
            try {
                LinuxStat stat = new LinuxStat(calls);
                Stat through = stat.read(LinuxCalls.NO_DIRECTORY, DESCRIPTORS + root + "/.");
                return through.sameInode(stat.readOpened(root));
            } finally {
                calls.close(root);
            }
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        if (!absoluteDirectory.isAbsolute()) {
            throw new IllegalArgumentException("not absolute: " + absoluteDirectory);
        }
        return Failures.named(
                absoluteDirectory,
                () -> new LinuxDirectory(calls, calls.openFollowing(absoluteDirectory.toString()), absoluteDirectory));
    }

    // struct statvfs of glibc and musl on 64 bits begins with eight unsigned longs: f_bsize, f_frsize,
    // f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_favail. A file system without a table of inodes
    // says 0 for f_files.
    @Override
    public Space space(Path path) throws IOException {
        return Failures.named(path, () -> {
            ByteBuffer numbers = calls.statvfs(path.toString());
            long unit = Math.max(1, numbers.getLong(8));
            long inodes = numbers.getLong(40);
            return new Space(
                    bytes(numbers.getLong(32), unit),
                    inodes == 0 ? OptionalLong.empty() : OptionalLong.of(numbers.getLong(56)),
                    fileSystemType(path),
                    unit);
        });
    }

    private static long bytes(long blocks, long unit) {
        return blocks > Long.MAX_VALUE / unit ? Long.MAX_VALUE : blocks * unit;
    }

    private static String fileSystemType(Path path) {
        try {
            return Files.getFileStore(path).type();
        } catch (IOException e) {
            // The mount table does not list every place, below a chroot for example.
            return "unknown";
        }
    }
}
