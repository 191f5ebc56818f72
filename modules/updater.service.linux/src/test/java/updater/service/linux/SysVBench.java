package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;

/** A host with runlevel links, {@code service}, and one of {@code chkconfig} and {@code update-rc.d}. */
final class SysVBench extends InitBench {
    /** How well the init script behaves. */
    enum Script {
        /** As the Linux Standard Base asks for it. */
        CAREFUL,
        /** No pid file, no status, returns before anything has happened, and always 0. */
        CARELESS
    }

    private final Script kind;

    SysVBench(Path root, Script kind) throws IOException {
        this.kind = kind;
        super(root);
        if (real) {
            host("update-rc.d", "agent", "defaults");
            return;
        }
        program(root.resolve("usr/sbin/service"), """
                #!/bin/sh
                name=$1
                shift
                cd /
                exec env -i LC_ALL=C PATH="$PATH" "%s/$name" "$@"
                """.formatted(root.resolve("etc/init.d")));
        program(root.resolve("usr/sbin/update-rc.d"), "#!/bin/sh\nexit 0\n");
        for (String level : new String[] {"0", "1", "2", "3", "4", "5", "6", "S"}) {
            Files.createDirectories(root.resolve("etc/rc" + level + ".d"));
        }
        for (String level : new String[] {"2", "3", "4", "5"}) {
            link(level, "S20");
        }
        for (String level : new String[] {"0", "1", "6"}) {
            link(level, "K80");
        }
    }

    void link(String level, String prefix) throws IOException {
        Files.createSymbolicLink(root.resolve("etc/rc" + level + ".d/" + prefix + "agent"), Path.of("../init.d/agent"));
    }

    @Override
    String scriptText(String comment) {
        return kind == Script.CAREFUL ? careful(comment) : careless(comment);
    }

    /** The daemon keeps the script's output, as one does whose script does not care. */
    private String careful(String comment) {
        return """
                #!/bin/sh
                %1$s### BEGIN INIT INFO
                # Provides: agent
                # Default-Start: 2 3 4 5
                ### END INIT INFO
                pidfile='%2$s/run/agent.pid'
                # One that has ended counts as that even before somebody reaps it, which some hosts do every two seconds only.
                alive() { grep -qs '^State:.[^ZX]' "/proc/$(cat "$pidfile" 2>/dev/null)/status"; }
                case $1 in
                start)
                    alive && { echo "agent already runs"; exit 0; }
                    [ -x '%3$s/agent' ] || { echo "agent is not installed" >&2; exit 5; }
                    [ ! -e "$pidfile" ] || { echo "$pidfile is there: not started" >&2; exit 1; }
                    cd '%3$s' || exit 1
                    '%3$s/agent' &
                    echo $! >"$pidfile"
                    ;;
                stop)
                    if alive; then
                        kill "$(cat "$pidfile")"
                        turns=0
                        while alive && [ $turns -lt 100 ]; do sleep 0.02; turns=$((turns + 1)); done
                        alive && exit 1
                    fi
                    rm -f "$pidfile"
                    ;;
                status)
                    alive && { echo "agent runs"; exit 0; }
                    [ -e "$pidfile" ] && { echo "agent is dead"; exit 1; }
                    echo "agent is stopped"
                    exit 3
                    ;;
                *) exit 2 ;;
                esac
                """.formatted(comment, root, home);
    }

    private String careless(String comment) {
        return """
                #!/bin/sh
                %scase $1 in
                start) '%s/agent' >/dev/null 2>&1 </dev/null & ;;
                stop) pkill -f '%s/agent' ;;
                status) exit 3 ;;
                esac
                exit 0
                """.formatted(comment, home, home);
    }

    @Override
    public Set<Ability> abilities() {
        Set<Ability> abilities = EnumSet.of(
                Ability.DISABLE, Ability.HANG, Ability.INVALID_DEFINITION, Ability.GUARD_RUNS, Ability.STARTS_LATER);
        if (!real) {
            abilities.add(Ability.REBOOT);
        }
        return abilities;
    }

    @Override
    public ServiceManagerProvider provider() {
        return new SysVProvider(root, Path.of("/proc"), GUARD_PERIOD);
    }

    @Override
    ServiceManager open(ServiceContext context) {
        return provider().open(context);
    }

    @Override
    void unregister() throws IOException {
        host("update-rc.d", "-f", "agent", "remove");
    }

    @Override
    public void disable() throws IOException {
        if (real) {
            host("update-rc.d", "agent", "disable");
            return;
        }
        for (String level : new String[] {"2", "3", "4", "5"}) {
            Files.delete(root.resolve("etc/rc" + level + ".d/S20agent"));
            link(level, "K80");
        }
    }
}
