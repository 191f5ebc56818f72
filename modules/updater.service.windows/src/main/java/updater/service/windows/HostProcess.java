package updater.service.windows;

import java.util.Optional;

/** Follow one process, whatever else comes to have its number. */
interface HostProcess {
    boolean alive();

    /** Ends it at once; nothing when it has ended. */
    void kill();

    /** Find processes. */
    @FunctionalInterface
    interface Table {
        /** Returns the process that has this number now. */
        Optional<HostProcess> find(long pid);

        /** Returns those of this host. */
        static Table ofHost() {
            return pid -> ProcessHandle.of(pid).map(Handle::new);
        }
    }

    /** A process as the JDK knows it: by number and start time. */
    record Handle(ProcessHandle process) implements HostProcess {
        @Override
        public boolean alive() {
            return process.isAlive();
        }

        @Override
        public void kill() {
            process.destroyForcibly();
        }
    }
}
