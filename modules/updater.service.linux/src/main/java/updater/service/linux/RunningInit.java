package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** The init that runs this host as its first process. */
record RunningInit(Path root) {
    /** As sd_booted(3) does: that directory exists exactly where systemd is the init system that runs. */
    boolean isSystemd() {
        return Files.isDirectory(root.resolve("run/systemd/system"), LinkOption.NOFOLLOW_LINKS);
    }

    /** OpenRC makes it when it boots; it is not there in a container that only has the package. */
    boolean isOpenRc() {
        return Files.exists(root.resolve("run/openrc/softlevel"), LinkOption.NOFOLLOW_LINKS);
    }

    /** Returns the name of process 1, "?" when it cannot be told. */
    String first() {
        try {
            return Files.readString(root.resolve("proc/1/comm")).strip();
        } catch (IOException e) {
            return "?";
        }
    }

    /** BusyBox calls itself init as well, and knows no runlevels. */
    boolean isBusyBox() {
        try {
            return Optional.ofNullable(
                            Files.readSymbolicLink(root.resolve("proc/1/exe")).getFileName())
                    .map(Path::toString)
                    .filter(name -> name.startsWith("busybox"))
                    .isPresent();
        } catch (IOException e) {
            return false;
        }
    }
}
