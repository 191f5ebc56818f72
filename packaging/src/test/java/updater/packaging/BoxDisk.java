package updater.packaging;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a box keeps while it is off: overlay and disks, mounted in namespaces of their own, which end with the tests
 * ({@link MountHolder}).
 */
final class BoxDisk implements AutoCloseable {

    private static final Duration MOUNTING = Duration.ofSeconds(20);

    /** What this host's administrator starts or installed by hand is not in the box. */
    private static final String HIDDEN = "etc/systemd/system etc/systemd/system.conf.d"
            + " etc/rc0.d etc/rc1.d etc/rc2.d etc/rc3.d etc/rc4.d etc/rc5.d etc/rc6.d etc/rcS.d opt";

    private final MountHolder holder;

    private BoxDisk(MountHolder holder) {
        this.holder = holder;
    }

    static BoxDisk mount(BoxSpec spec) {
        List<String> command = new ArrayList<>(List.of("box.sh"));
        command.add(spec.lower().toString());
        command.add(spec.lower().equals(Path.of("/")) ? HIDDEN : "opt");
        for (Disk disk : spec.disks()) {
            command.add(disk.type().name().toLowerCase(Locale.ROOT));
            command.add(Integer.toString(disk.mebibytes()));
            command.add(disk.options());
            command.add(String.join(":", disk.mountPoints()));
        }
        return new BoxDisk(MountHolder.start("box.sh", command, MOUNTING));
    }

    /** Returns the process whose mount and PID namespaces a box is booted in. */
    long holder() {
        return holder.pid();
    }

    /** Returns the directory, in the holder's mount namespace, that is the root of the box. */
    String rootInside() {
        return "/mnt/root";
    }

    /** Returns the root of the box, seen from here; absolute symbolic links below it lead out of it. */
    Path root() {
        return holder.at(rootInside());
    }

    /** Returns a file for what the console shows, gone with the disk. */
    Path console() {
        return holder.at("/mnt/console");
    }

    /** Returns the image behind a disk of the specification, counted from 1, seen from here. */
    Path image(int number) {
        return holder.at("/mnt/disks/" + number + ".img");
    }

    /** Runs a program among the mounts of this disk, outside of the box, whether it is on or off; {@code /mnt/disks/N} are the disks. */
    Command.Result exec(String... command) {
        List<String> argv = new ArrayList<>(List.of("nsenter", "-t", Long.toString(holder.pid()), "-m", "--"));
        argv.addAll(List.of(command));
        return Command.run(MOUNTING, argv);
    }

    /** Unmounts everything and kills whatever still runs in the box. Idempotent. */
    @Override
    public void close() {
        holder.close();
    }
}
