package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;

/**
 * A host with runlevels and a stand-in for {@code rc-service} that does what OpenRC 0.45 was seen to do, its trap included: a
 * service whose daemon died stays started, is not started again, and fails to stop.
 */
final class OpenRcBench extends InitBench {
    private static final String DEPENDENT = "dependent";

    /** Names of services are files in directories that are named after states. */
    private static final String RC_SERVICE = """
            #!/bin/sh
            cd /
            run='%1$s/run/openrc'
            name=$1
            script='%1$s/etc/init.d/'$name
            [ -x "$script" ] || { echo " * rc-service: service $name does not exist" >&2; exit 1; }
            case $2 in
            status)
                [ ! -e "$run/stopping/$name" ] || { echo " * status: stopping"; exit 4; }
                [ ! -e "$run/starting/$name" ] || { echo " * status: starting"; exit 8; }
                [ ! -e "$run/started/$name" ] || { echo " * status: started"; exit 0; }
                echo " * status: stopped"
                exit 3
                ;;
            start)
                [ ! -e "$run/started/$name" ] || { echo " * WARNING: $name has already been started"; exit 0; }
                : >"$run/starting/$name"
                "$script" start
                code=$?
                rm -f "$run/starting/$name"
                [ $code = 0 ] || { echo " * ERROR: $name failed to start"; exit 1; }
                : >"$run/started/$name"
                ;;
            stop)
                [ -e "$run/started/$name" ] || { echo " * WARNING: $name is already stopped"; exit 0; }
                for other in $("$0" "$name" needsme); do
                    "$0" "$other" stop
                done
                : >"$run/stopping/$name"
                "$script" stop
                code=$?
                rm -f "$run/stopping/$name"
                [ $code = 0 ] || { echo " * ERROR: $name failed to stop"; exit 1; }
                rm -f "$run/started/$name"
                ;;
            zap) rm -f "$run/started/$name" "$run/starting/$name" "$run/stopping/$name" ;;
            needsme) cat "$run/needs-$name" 2>/dev/null || echo ;;
            *) exit 1 ;;
            esac
            """;

    private static final String REAL_SCRIPT = """
            #!/sbin/openrc-run
            %1$sfile=/run/agent.pid
            start() {
                [ -x '%2$s/agent' ] || return 1
                '%2$s/agent' </dev/null >/dev/null 2>&1 &
                echo $! >"$file"
            }
            stop() {
                kill "$(cat "$file")" 2>/dev/null || return 1
                turns=0
                while kill -0 "$(cat "$file")" 2>/dev/null; do
                    [ $turns -lt 100 ] || return 1
                    sleep 0.02
                    turns=$((turns + 1))
                done
                rm -f "$file"
            }
            """;

    OpenRcBench(Path root) throws IOException {
        super(root);
        if (real) {
            host("rc-update", "add", "agent", "default");
            return;
        }
        program(root.resolve("sbin/rc-service"), RC_SERVICE.formatted(root));
        program(root.resolve("sbin/rc-update"), "#!/bin/sh\n[ \"$1\" = -u ]\n");
        for (String runlevel : new String[] {"boot", "default"}) {
            Files.createDirectories(root.resolve("etc/runlevels").resolve(runlevel));
        }
        Files.createSymbolicLink(runlevelLink(), Path.of("/etc/init.d/agent"));
        boot();
    }

    private void boot() throws IOException {
        for (String state : new String[] {"started", "starting", "stopping", "options/agent"}) {
            Files.createDirectories(root.resolve("run/openrc").resolve(state));
        }
        Files.writeString(root.resolve("run/openrc/softlevel"), "default");
        Files.writeString(root.resolve("run/openrc/options/agent/pidfile"), "/run/agent.pid");
    }

    private Path runlevelLink() {
        return root.resolve("etc/runlevels/default/agent");
    }

    @Override
    String scriptText(String comment) {
        if (real) {
            return REAL_SCRIPT.formatted(comment, home);
        }
        return """
                #!/bin/sh
                %1$s# stands in for openrc-run
                file='%2$s/run/agent.pid'
                case $1 in
                start)
                    [ -x '%3$s/agent' ] || exit 1
                    '%3$s/agent' </dev/null >/dev/null 2>&1 &
                    echo $! >"$file"
                    ;;
                stop)
                    kill "$(cat "$file")" 2>/dev/null || { echo " * No agent found running; none killed"; exit 1; }
                    turns=0
                    # One that has ended counts as that even before somebody reaps it.
                    while grep -qs '^State:.[^ZX]' "/proc/$(cat "$file")/status"; do
                        [ $turns -lt 100 ] || exit 1
                        sleep 0.02
                        turns=$((turns + 1))
                    done
                    rm -f "$file"
                    ;;
                esac
                """.formatted(comment, root, home);
    }

    @Override
    public Set<Ability> abilities() {
        Set<Ability> abilities = EnumSet.of(
                Ability.DISABLE,
                Ability.DEPENDENTS,
                Ability.HANG,
                Ability.INVALID_DEFINITION,
                Ability.REBOOT,
                Ability.GUARD_RUNS,
                Ability.STARTS_LATER);
        if (real) {
            abilities.remove(Ability.REBOOT);
        }
        return abilities;
    }

    @Override
    public ServiceManagerProvider provider() {
        return new OpenRcProvider(root, Path.of("/proc"), GUARD_PERIOD);
    }

    @Override
    ServiceManager open(ServiceContext context) {
        return provider().open(context);
    }

    @Override
    void unregister() throws IOException {
        host("rm", "-rf", "/etc/runlevels/default/agent", "/etc/init.d/dependent");
        host("sh", "-c", "rm -rf /run/openrc/*/agent /run/openrc/*/dependent");
    }

    @Override
    public void disable() throws IOException {
        if (real) {
            host("rc-update", "del", "agent", "default");
            return;
        }
        Files.delete(runlevelLink());
    }

    @Override
    public String addDependent() throws IOException {
        if (real) {
            program(
                    root.resolve("etc/init.d").resolve(DEPENDENT),
                    "#!/sbin/openrc-run\ndepend() { need agent; }\nstart() { :; }\nstop() { :; }\n");
            // OpenRC compares times in whole seconds to notice a script that is new.
            host("rc-update", "-u");
            host("rc-service", DEPENDENT, "start");
            return DEPENDENT;
        }
        program(root.resolve("etc/init.d").resolve(DEPENDENT), "#!/bin/sh\nexit 0\n");
        Files.writeString(root.resolve("run/openrc/needs-agent"), DEPENDENT + " \n");
        Files.writeString(root.resolve("run/openrc/started").resolve(DEPENDENT), "");
        return DEPENDENT;
    }

    @Override
    public boolean dependentRuns(String name) {
        return Files.exists(root.resolve("run/openrc/started").resolve(name), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void reboot() throws Exception {
        super.reboot();
        boot();
    }

    /** A guard that was started at boot would be noted here. */
    @Override
    public Set<String> traces() throws IOException {
        Set<String> traces = new HashSet<>(super.traces());
        try (var started = Files.list(root.resolve("run/openrc/started"))) {
            started.filter(path -> !real && !path.endsWith("agent")).forEach(path -> traces.add(path.toString()));
        }
        return traces;
    }
}
