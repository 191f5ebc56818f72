package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import updater.api.UpdateFailure;
import updater.api.service.ServiceContext;

/**
 * A service of the guard's own in the runlevels that start the agent, ordered before it. The links are made by hand; OpenRC
 * reads the scripts again at boot.
 */
final class OpenRcBootHalf extends BootHalf {
    private static final List<String> INTERPRETERS =
            List.of("/sbin/openrc-run", "/usr/sbin/openrc-run", "/sbin/runscript");

    private final String agent;

    OpenRcBootHalf(ServiceContext context, Path root) {
        super(context, root);
        this.agent = context.spec().name();
    }

    private Path runlevels() {
        return root.resolve("etc/runlevels");
    }

    @Override
    List<Path> wanted() throws UpdateFailure.Service {
        Set<String> wanted = new TreeSet<>(OpenRcInit.runlevels(root, agent));
        wanted.add("default");
        return wanted.stream()
                .map(runlevel -> runlevels().resolve(runlevel).resolve(text.name()))
                .toList();
    }

    @Override
    void link(List<Path> wanted) throws IOException {
        for (Path link : wanted) {
            files.link(link, "/etc/init.d/" + text.name());
        }
    }

    /**
     * A recovery that came to its end has removed this script. OpenRC then finds no script to note as started, and would
     * call it starting until the next boot: the note is taken back once openrc-run, the parent of this shell, has ended.
     */
    @Override
    String content(List<String> command, List<String> loop) {
        String interpreter = INTERPRETERS.stream()
                .filter(candidate -> Files.exists(root.resolve(candidate.substring(1))))
                .findFirst()
                .orElse(INTERPRETERS.getFirst());
        return "#!" + interpreter + "\ndescription=" + BootScript.word(text.description()) + "\n"
                + text.functions(marker, command, loop)
                + """
                depend() {
                    after localmount netmount bootmisc
                    before %1$s
                    keyword -timeout
                }
                start() {
                    recover
                    [ -e %2$s ] || forget </dev/null >/dev/null 2>&1 &
                    return 0
                }
                forget() {
                    turns=0
                    while kill -0 "$PPID" 2>/dev/null && [ "$turns" -lt 60 ]; do
                        sleep 1
                        turns=$((turns + 1))
                    done
                    rm -f %3$s
                }
                stop() {
                    return 0
                }
                """.formatted(
                                agent,
                                BootScript.word("/etc/init.d/" + text.name()),
                                marks().stream().map(BootScript::word).collect(Collectors.joining(" ")));
    }

    private List<String> marks() {
        return List.of("/run/openrc/starting/" + text.name(), "/run/openrc/started/" + text.name());
    }

    @Override
    List<Path> links() throws IOException {
        return links(runlevels(), "*", text.name());
    }

    @Override
    void forget() throws IOException {
        files.delete(script());
        files.delete(root.resolve(marks().getLast().substring(1)));
    }

    @Override
    String everyLink() {
        return "/etc/runlevels/*/" + text.name();
    }
}
