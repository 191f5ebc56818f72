package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;

/**
 * A service of the guard's own in the runlevels that start the agent, ordered before it. The links are made by hand; OpenRC
 * reads the scripts again at boot.
 */
final class OpenRcBootHalf implements BootHalf {
    private static final List<String> INTERPRETERS =
            List.of("/sbin/openrc-run", "/usr/sbin/openrc-run", "/sbin/runscript");

    private final HostFiles files;
    private final Path root;
    private final Path marker;
    private final String agent;
    private final BootScript text;

    OpenRcBootHalf(ServiceContext context, Path root) {
        this.files = context.files();
        this.root = root;
        this.marker = context.layout().state().resolve("guard");
        this.agent = context.spec().name();
        this.text = new BootScript(context.product().name(), context.layout());
    }

    private Path script() {
        return root.resolve("etc/init.d").resolve(text.name());
    }

    private Path runlevels() {
        return root.resolve("etc/runlevels");
    }

    @Override
    public void write(List<String> command, List<String> loop) throws UpdateFailure.Service {
        Set<String> wanted = new TreeSet<>(OpenRcInit.runlevels(root, agent));
        wanted.add("default");
        try {
            files.write(script(), content(command, loop).getBytes(StandardCharsets.UTF_8), 0755);
            for (String runlevel : wanted) {
                files.link(runlevels().resolve(runlevel).resolve(text.name()), "/etc/init.d/" + text.name());
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not write the guard's init script " + script() + " and its links: " + e,
                    "Make /etc writable for the updater",
                    e);
        }
    }

    /**
     * A recovery that came to its end has removed this script. OpenRC then finds no script to note as started, and would
     * call it starting until the next boot: the note is taken back once openrc-run, the parent of this shell, has ended.
     */
    private String content(List<String> command, List<String> loop) {
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
    public void remove() throws UpdateFailure.Service {
        try {
            for (Path link : links()) {
                files.delete(link);
            }
            files.delete(script());
            files.delete(root.resolve(marks().getLast().substring(1)));
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove the guard's init script " + script() + " and its links: " + e,
                    "Remove it by hand, and /etc/runlevels/*/" + text.name(),
                    e);
        }
    }

    private List<Path> links() throws IOException {
        List<Path> links = new ArrayList<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(runlevels())) {
            for (Path directory : directories) {
                Path link = directory.resolve(text.name());
                if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    links.add(link);
                }
            }
        } catch (NoSuchFileException none) {
            return List.of();
        }
        return links;
    }

    @Override
    public boolean present() throws UpdateFailure.Service {
        try {
            return Files.exists(script(), LinkOption.NOFOLLOW_LINKS) || !links().isEmpty();
        } catch (IOException e) {
            throw new UpdateFailure.Service("could not look for the guard in " + runlevels() + ": " + e, "", e);
        }
    }
}
