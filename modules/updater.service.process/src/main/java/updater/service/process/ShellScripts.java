package updater.service.process;

import updater.processes.Shell;

/** The shell text that runs in the agent's process before the agent does. */
final class ShellScripts {
    /**
     * Becomes a command after it wrote the pid file. Arguments: pid file, its directory's real path or nothing, command.
     * An updater that dies right after it started this process leaves one that will be found, not a second agent that
     * nobody knows of.
     */
    static final String LAUNCH = Shell.WRITE_PID_FILE + """
            pid_file=$1
            directory=$2
            shift 2
            write_pid_file "$pid_file" "$directory" || exit 125
            exec "$@"
            """;

    private ShellScripts() {}
}
