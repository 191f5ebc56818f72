package updater.packaging;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A file system as hosts have them, what of an installation lies on it, and how an update of that ends. */
enum HostDisk {
    EXT4("ext4", SmallDisk.ext4(64, ""), Place.HOME),
    XFS("xfs, with a file that shares its blocks", SmallDisk.image(300, "mkfs.xfs -q"), Place.HOME + Place.CLONE),
    BTRFS("btrfs", SmallDisk.image(160, "mkfs.btrfs -q"), Place.HOME + Place.CLONE),
    BTRFS_NESTED("btrfs, with volumes in home", SmallDisk.image(160, "mkfs.btrfs -q"), """
        btrfs -q subvolume create $small/home && mount --bind $small/home $home
        btrfs -q subvolume create $home/plugins && btrfs -q subvolume create $home/storage
        cp -a /mnt/disk/old/. $home
        """),
    TMPFS("tmpfs", SmallDisk.tmpfs("size=64M"), Place.HOME),
    OVERLAY("overlay, home in its lower layer", SmallDisk.ext4(64, ""), """
        mkdir $small/upper $small/work
        mount -t overlay -o lowerdir=/mnt/disk/old,upperdir=$small/upper,workdir=$small/work overlay $home
        """),
    /** A directory that inherits its project refuses what comes from another one with EXDEV, whether there are quotas or not. */
    PROJECTS("xfs, directories of other projects", SmallDisk.image(300, "mkfs.xfs -q"), Place.HOME + """
        cp -a /mnt/disk/old/. $home
        xfs_io -x -c 'chproj -R 42' -c 'chattr -R +P' $home/plugins
        xfs_io -x -c 'chproj -R 43' -c 'chattr -R +P' $home/storage
        """),
    MOUNTED_IN_HOME("ext4, with another one mounted in home", SmallDisk.ext4(64, ""), """
        cp -a /mnt/disk/old/. $home
        cp -a $home/plugins $small/plugins && mount --bind $small/plugins $home/plugins
        """),
    TMP_MOUNTED("ext4, tmp mounted with noexec", SmallDisk.ext4(64, ""), Place.HOME + """
        mkdir $home/tmp && mount -t tmpfs -o noexec,mode=755,size=256M staged $home/tmp
        """),
    TMP_BOUND("ext4, tmp a part of the same file system", SmallDisk.ext4(256, ""), Place.HOME + """
        mkdir $home/tmp $small/tmp && mount --bind $small/tmp $home/tmp
        """),
    STAGED_MOUNTED("ext4, the staged tree mounted", SmallDisk.ext4(64, ""), Place.HOME + """
        mkdir -p $home/tmp/latest && mount -t tmpfs -o mode=755,size=256M staged $home/tmp/latest
        """),
    WORK_MOUNTED("ext4, the updater's directory mounted", SmallDisk.ext4(64, ""), Place.HOME + """
        mkdir $home/.updater && mount -t tmpfs -o mode=700,size=256M work $home/.updater
        """),
    /** What the kernel itself says to a program that knows no links. */
    FUSE("FUSE, without links", SmallDisk.ext4(64, ""), Place.fuse(38, "")),
    /** As on shares of other systems, whose files have no numbers of their own: one that is looked up anew gets another. */
    FUSE_NUMBERED(
            "FUSE, links not supported, numbers given as files are looked up",
            SmallDisk.ext4(64, ""),
            Place.fuse(95, "-n")),
    READ_ONLY_SYSTEM("ext4, /usr and /etc read-only", SmallDisk.ext4(64, ""), Place.HOME + """
        for part in /usr /etc; do
            mountpoint -q $part || mount --bind $part $part
            mount -o remount,bind,ro $part
        done
        """),
    NOEXEC_STATE(
            "state directory on noexec",
            SmallDisk.tmpfs("size=256M,noexec"),
            """
        mkdir $small/state && chmod 700 $small/state && mkdir $state && mount --bind $small/state $state
        """,
            "/mnt/disk/state is mounted with noexec"),
    IMMUTABLE("ext4, a file immutable", SmallDisk.ext4(64, ""), Place.HOME + """
        cp -a /mnt/disk/old/. $home
        chattr +i $home/VERSION
        """, "VERSION.*chattr -i"),
    IMMUTABLE_DIRECTORY(
            "ext4, a directory append-only", SmallDisk.ext4(64, ""), Place.HOME + """
        cp -a /mnt/disk/old/. $home
        chattr +a $home/plugins
        """, "plugins.*chattr -a");

    /** The program of a file system without links, inside. */
    private static final String PROGRAM = "/mnt/nolinks";

    private static final Duration COMPILING = Duration.ofMinutes(1);

    private static final class Place {
        /**
         * @param errno what a link fails with
         * @param numbers where files have other numbers than they have below
         */
        static String fuse(int errno, String numbers) {
            return "mkdir $small/home && " + PROGRAM + " " + numbers + " $small/home " + errno
                    + " $home -o allow_other,default_permissions\n"
                    + "touch $home/a; if ln $home/a $home/b 2>/dev/null; then exit 1; fi; rm $home/a\n";
        }

        static final String HOME = "mkdir $small/home && mount --bind $small/home $home\n";
        static final String CLONE = """
            cp -a /mnt/disk/old/. $home
            cp --reflink=always -p $home/storage/data $home/storage/shared && mv $home/storage/shared $home/storage/data
            touch -r /mnt/disk/old/storage $home/storage
            """;
    }

    private final String title;
    private final String script;
    private final Optional<String> refusal;

    HostDisk(String title, String make, String place) {
        this.title = title;
        this.script = SmallDisk.script(make, place);
        this.refusal = Optional.empty();
    }

    /** @param refusal what the message says, a regular expression */
    HostDisk(String title, String make, String place, String refusal) {
        this.title = title;
        this.script = SmallDisk.script(make, place);
        this.refusal = Optional.of(refusal);
    }

    String title() {
        return title;
    }

    /** Returns why an update is refused before the stop; empty where it works. */
    Optional<String> refusal() {
        return refusal;
    }

    /** Compiles what some of them need. */
    static void compile(SweepDisk disk) {
        Path source = Path.of(System.getProperty("basedir", ""))
                .resolve("src/test/c/nolinks.c")
                .toAbsolutePath();
        Command.run(
                        COMPILING,
                        "gcc",
                        "-O1",
                        "-D_FILE_OFFSET_BITS=64",
                        "-I/usr/include/fuse3",
                        "-o",
                        disk.at(PROGRAM).toString(),
                        source.toString(),
                        "-lfuse3")
                .ok();
    }

    /** From the next {@link SweepHost#reset} on, it is mounted. */
    void use(SweepHost host) {
        SmallDisk.write(host, "/mnt/places", script);
        if (this != NOEXEC_STATE) {
            SmallDisk.write(host, "/mnt/runtime-in-state", "");
        }
    }
}
