package updater.packaging;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a box is made of.
 *
 * @param lower root of an installed system, read and never written; the host's own by default
 * @param disks mounted below it, in this order; what lies under no disk is on overlayfs
 * @param masked units that do not exist in the box
 * @param init what runs in it
 */
record BoxSpec(Path lower, List<Disk> disks, List<String> masked, HostInit init) {

    /** Costs boot time, or reaches for devices, and no test is about it. */
    private static final List<String> NOT_NEEDED = List.of(
            "console-getty.service",
            "getty.target",
            "systemd-logind.service",
            "systemd-ask-password-console.path",
            "systemd-ask-password-wall.path",
            "systemd-networkd.service",
            "systemd-resolved.service",
            "systemd-timesyncd.service",
            "systemd-sysusers.service",
            "systemd-tmpfiles-clean.timer",
            "systemd-tmpfiles-setup-dev.service",
            "systemd-update-utmp.service",
            "systemd-update-utmp-runlevel.service",
            "systemd-journal-flush.service",
            "systemd-sysctl.service",
            "systemd-modules-load.service",
            "systemd-user-sessions.service",
            "dev-hugepages.mount",
            "cryptsetup.target",
            "integritysetup.target",
            "veritysetup.target");

    BoxSpec {
        disks = List.copyOf(disks);
        masked = List.copyOf(masked);
    }

    /** The host's own programs, {@code /opt} on an ext4 of its own. */
    static BoxSpec standard() {
        return new BoxSpec(Path.of("/"), List.of(Disk.ext4("/opt")), NOT_NEEDED, new SystemdHost());
    }

    /** A root of another init system, which has no disks of its own. */
    static BoxSpec of(Path lower, HostInit init) {
        return new BoxSpec(lower, List.of(Disk.ext4("/opt")), List.of(), init);
    }

    /** Everything on overlayfs, {@code /opt} emptied, as in a container without volumes. */
    BoxSpec withoutDisks() {
        return new BoxSpec(lower, List.of(), masked, init);
    }

    BoxSpec withDisk(Disk disk) {
        List<Disk> more = new ArrayList<>(disks);
        more.add(disk);
        return new BoxSpec(lower, more, masked, init);
    }
}
