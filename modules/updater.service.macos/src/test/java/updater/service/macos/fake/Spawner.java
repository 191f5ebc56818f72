package updater.service.macos.fake;

import java.util.List;
import java.util.Optional;

/** The source of processes for {@link FakeLaunchd}: real ones, or such as a test makes up. */
public interface Spawner {
    /** Starts a process that leads a process group of its own. */
    Child spawn(List<String> argv) throws java.io.IOException;

    /** A process that was started. */
    interface Child {
        long pid();

        /** Returns how it ended, empty while it lives. */
        Optional<End> end();

        void terminate();

        void kill();

        /** Kills what is left in its process group. */
        void killGroup();
    }

    /**
     * How a process ended.
     *
     * @param code its exit code, or the signal that ended it
     */
    record End(boolean bySignal, int code) {}
}
