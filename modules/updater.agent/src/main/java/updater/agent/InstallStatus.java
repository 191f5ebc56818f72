package updater.agent;

import java.util.Arrays;
import java.util.Optional;

/** How far the installation of a package is. Numbers are those of the status file and of OpAMP. */
public enum InstallStatus {
    /** It is installed, and runs. */
    INSTALLED(0),
    /** It was offered, and nothing of it is here yet. */
    INSTALL_PENDING(1),
    /** The updater has it. */
    INSTALLING(2),
    /** It could not be installed; what was there before runs. */
    INSTALL_FAILED(3),
    /** It is being downloaded. The status file says {@link #INSTALL_PENDING} then: updaters know no other number. */
    DOWNLOADING(4);

    private final int number;

    InstallStatus(int number) {
        this.number = number;
    }

    /** Returns the number that stands for it. */
    public int number() {
        return number;
    }

    /** Returns the status of that number; empty for one that is not known. */
    static Optional<InstallStatus> of(long number) {
        return Arrays.stream(values()).filter(status -> status.number == number).findFirst();
    }
}
