package updater.processes;

import java.nio.file.Path;
import java.util.List;

/** Hold what is written in shell: how a process writes itself down, and the watchdog's loop. */
public final class Shell {
    /** Where a POSIX shell is looked for. */
    public static final List<Path> SHELLS = List.of(Path.of("/bin/sh"), Path.of("/usr/bin/sh"));

    /**
     * Writes the shell's own process down in the form of {@link PidFile}. The birth is left out where there is no
     * {@code /proc}. {@code set -C} opens with {@code O_EXCL}, which follows no link. Arguments: pid file, and where
     * somebody else could exchange its directory that one's real path, which is held as the working directory once it is
     * known to be that one.
     */
    public static final String WRITE_PID_FILE = """
            write_pid_file() (
                file=$1
                if test -n "${2-}"; then
                    cd -P "${1%/*}" && test "$PWD" = "$2" || exit 1
                    file=./${1##*/}
                fi
                birth=
                if read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id \\
                    && read -r stat 2>/dev/null <"/proc/$$/stat"; then
                    set -- ${stat##*) }
                    shift 19
                    birth=$boot/$1
                fi
                PATH=/usr/bin:/bin rm -f "$file.new"
                set -C
                printf '%s\\n%s\\n' "$$" "$birth" >"$file.new" || exit 1
                # Where mv knows -T, a link to a directory is replaced, not moved into.
                PATH=/usr/bin:/bin mv -fT "$file.new" "$file" 2>/dev/null \\
                    || { test ! -d "$file" && PATH=/usr/bin:/bin mv -f "$file.new" "$file"; }
            )
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

    private Shell() {}
}
