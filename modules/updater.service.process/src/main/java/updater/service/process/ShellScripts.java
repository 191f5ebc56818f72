package updater.service.process;

import java.nio.file.Path;
import java.util.List;

/** Hold the two shell scripts: what runs before the agent in its process, and the watchdog's loop. */
final class ShellScripts {
    /** Where a POSIX shell is looked for. */
    static final List<Path> SHELLS = List.of(Path.of("/bin/sh"), Path.of("/usr/bin/sh"));

    /**
     * Writes the shell's own process down in the form of {@link PidFile}. The birth is left out where there is no
     * {@code /proc}. {@code set -C} opens with {@code O_EXCL}, which follows no link.
     */
    private static final String WRITE_PID_FILE = """
            write_pid_file() {
                file=$1
                birth=
                if read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id \\
                    && read -r stat 2>/dev/null <"/proc/$$/stat"; then
                    set -- ${stat##*) }
                    shift 19
                    birth=$boot/$1
                fi
                PATH=/usr/bin:/bin rm -f "$file.new"
                set -C
                printf '%s\\n%s\\n' "$$" "$birth" >"$file.new" || return 1
                set +C
                PATH=/usr/bin:/bin mv -f "$file.new" "$file"
            }
            """;

    /**
     * Becomes a command after it wrote the pid file. Arguments: pid file, command. An updater that dies right after it
     * started this process leaves one that will be found, not a second agent that nobody knows of.
     */
    static final String LAUNCH = WRITE_PID_FILE + """
            pid_file=$1
            shift
            write_pid_file "$pid_file" || exit 125
            exec "$@"
            """;

    /**
     * Runs a command every so often while a file exists. Arguments: that file, pid file, seconds, command. On
     * {@code SIGTERM} it lets a command that runs come to its end.
     */
    static final String WATCHDOG = """
            #!/bin/sh
            """ + WRITE_PID_FILE + """
            marker=$1
            pid_file=$2
            period=$3
            shift 3
            write_pid_file "$pid_file"
            sleeper=
            trap 'test -z "$sleeper" || kill "$sleeper" 2>/dev/null; exit 0' TERM
            while test -e "$marker"; do
                sleep "$period" &
                sleeper=$!
                wait "$sleeper" || test $? -gt 128 || exit 1
                sleeper=
                test -e "$marker" || break
                "$@" </dev/null >/dev/null 2>&1
            done
            """;

    private ShellScripts() {}
}
