package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

/** A file system with little room, and what of an installation lies on it: mounted anew for every try, and filled up to a point. */
enum SmallDisk {
    EXT4_8("ext4 of 8 MiB", ext4(8, "")),
    EXT4_16("ext4 of 16 MiB", ext4(16, "")),
    EXT4_32("ext4 of 32 MiB", ext4(32, "")),
    EXT4_64("ext4 of 64 MiB", ext4(64, "")),
    EXT4_INODES("ext4 of 16 MiB with 128 inodes", ext4(16, "-N 128")),
    TMPFS("tmpfs of 16 MiB", tmpfs("size=16M")),
    TMPFS_INODES("tmpfs of 64 MiB with 128 inodes", tmpfs("size=64M,nr_inodes=128")),
    OVERLAY("overlay on ext4 of 32 MiB", ext4(32, ""), """
        mkdir $small/upper $small/work
        mount -t overlay -o lowerdir=/mnt/disk/old,upperdir=$small/upper,workdir=$small/work overlay $home
        """),
    XFS("xfs of 300 MiB", image(300, "mkfs.xfs -q")),
    BTRFS("btrfs of 128 MiB", image(128, "mkfs.btrfs -q")),
    STATE("state directory on ext4 of 96 MiB", ext4(96, ""), """
        mkdir $small/state && chmod 700 $small/state && mkdir $state && mount --bind $small/state $state
        """),
    ALL("home and state directory on ext4 of 256 MiB", ext4(256, ""), """
        mkdir $small/home $small/state && chmod 700 $small/state && mkdir $state
        mount --bind $small/home $home && mount --bind $small/state $state
        """),
    PLUGINS("ext4 of 8 MiB mounted in home", ext4(8, ""), """
        cp -a /mnt/disk/old/. $home
        cp -a $home/plugins $small/plugins && mount --bind $small/plugins $home/plugins
        """);

    /** What each try begins with: home, state directory and the small disk are empty directories. */
    private static final String SCRIPT = """
        set -u
        home=/mnt/disk/home state=/mnt/disk/state small=/mnt/small
        # Also one whose file system's own program was killed, and which cannot be looked at any more.
        mounted() {
            grep -q " $1 " /proc/self/mounts
        }
        # What was killed may need a moment to go.
        unmount() {
            for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
                ! mounted "$1" || umount "$1" 2>/dev/null || sleep 0.05
            done
            ! mounted "$1"
        }
        case $1 in
        unmount)
            for place in "$home/tmp/latest" "$home/tmp" "$home/.updater" "$home/plugins" "$home/storage" "$state" "$home" "$small"; do
                unmount "$place" || exit 1
            done
            ;;
        mount)
            set -e
            mkdir -p $small
            rm -f /mnt/small.image
            MAKE
            PLACE
            ;;
        fill)
            read -r bytes inodes </mnt/left || exit 0
            free=$(($(stat -f -c '%a * %S' $small)))
            if [ "$bytes" -ge 0 ] && [ "$free" -gt "$bytes" ]; then
                # To the last byte only by writing.
                fallocate -l $((free - bytes)) $small/ballast 2>/dev/null || cat /dev/zero >$small/ballast 2>/dev/null
            fi
            free=$(stat -f -c %d $small)
            if [ "$inodes" -ge 0 ] && [ "$free" -gt "$inodes" ]; then
                mkdir $small/many
                seq $((free - inodes - 1)) | (cd $small/many && xargs touch) || exit 1
            fi
            ;;
        esac
        """;

    private final String title;
    private final String script;

    SmallDisk(String title, String make) {
        this(title, make, "mkdir $small/home && mount --bind $small/home $home");
    }

    SmallDisk(String title, String make, String place) {
        this.title = title;
        this.script = script(make, place);
    }

    /**
     * Returns what {@link SweepHost} asks where something is to be mounted.
     *
     * @param make mounts a file system at {@code $small}
     * @param place puts it, or a part, in the place of {@code $home} or {@code $state}
     */
    static String script(String make, String place) {
        return SCRIPT.replace("MAKE", make).replace("PLACE", place);
    }

    static String ext4(int mebibytes, String options) {
        // Root may use what is reserved for it, which is not counted as available: here nothing is.
        return image(mebibytes, "mkfs.ext4 -q -m 0 " + options);
    }

    static String image(int mebibytes, String make) {
        return "truncate -s " + mebibytes + "M /mnt/small.image; " + make
                + " /mnt/small.image >/dev/null; mount -o loop /mnt/small.image $small";
    }

    static String tmpfs(String options) {
        return "mount -t tmpfs -o mode=755," + options + " small $small";
    }

    String title() {
        return title;
    }

    /** Whether it is names that it runs out of. */
    boolean countsInodes() {
        return this == EXT4_INODES || this == TMPFS_INODES;
    }

    /** So much is enough on each: bytes, or inodes. */
    long sufficient() {
        if (countsInodes()) {
            return 128;
        }
        return (this == STATE || this == ALL ? 96L : 8L) << 20;
    }

    /** From the next {@link SweepHost#reset} on, it is mounted. */
    void use(SweepHost host) {
        write(host, "/mnt/places", script);
        if (this != STATE && this != ALL) {
            write(host, "/mnt/runtime-in-state", "");
        }
    }

    /**
     * From the next {@link SweepHost#reset} on, so much is left.
     *
     * @param amount inodes where {@link #countsInodes}, else bytes; negative for all there is
     */
    void leave(SweepHost host, long amount) {
        write(host, "/mnt/left", countsInodes() ? "-1 " + amount + "\n" : amount + " -1\n");
    }

    static void write(SweepHost host, String inside, String content) {
        try {
            Files.writeString(host.disk().at(inside), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
