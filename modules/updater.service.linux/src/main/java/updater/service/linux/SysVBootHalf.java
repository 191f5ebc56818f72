package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;

/**
 * An init script of the guard's own, with links made by hand.
 *
 * <p>Neither update-rc.d nor chkconfig is run: the first would let insserv renumber every script of the host, taking in
 * whatever an operator has edited, and fail where any header of any script is wrong. Where there is an {@code rcS.d},
 * whose scripts run to their end before those of the runlevels, the link is in there, so that not even an insserv that
 * an operator runs meanwhile sees a reason to renumber the agent. Elsewhere it is the first of the runlevels that start
 * something.
 */
final class SysVBootHalf implements BootHalf {
    private static final List<String> STARTING = List.of("2", "3", "4", "5");

    private final HostFiles files;
    private final Path root;
    private final Path marker;
    private final BootScript text;
    private final RunlevelLinks links;
    private final StartparOrder order;

    SysVBootHalf(ServiceContext context, Path root) {
        this.files = context.files();
        this.root = root;
        this.marker = context.layout().state().resolve("guard");
        this.text = new BootScript(context.product().name(), context.layout());
        this.links = new RunlevelLinks(text.name(), files, root);
        this.order = new StartparOrder(files, root);
    }

    private Path script() {
        return root.resolve("etc/init.d").resolve(text.name());
    }

    private List<String> levels() {
        return RunlevelLinks.directory(root, "S").isPresent() ? List.of("S") : STARTING;
    }

    @Override
    public void write(List<String> command, List<String> loop) throws UpdateFailure.Service {
        String number = levels().equals(STARTING) ? "S00" : "S99";
        try {
            files.write(script(), content(command, loop).getBytes(StandardCharsets.UTF_8), 0755);
            order.add(text.name());
            for (Path link : links.present()) {
                files.delete(link);
            }
            for (String level : levels()) {
                Path directory = RunlevelLinks.directory(root, level)
                        .orElseThrow(() -> new IOException("there is no directory for runlevel " + level));
                files.link(directory.resolve(number + text.name()), "../init.d/" + text.name());
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not write the guard's init script " + script() + " and its links: " + e,
                    "Make /etc writable for the updater",
                    e);
        }
    }

    private String content(List<String> command, List<String> loop) {
        return """
                #!/bin/sh
                ### BEGIN INIT INFO
                # Provides:          %s
                # Required-Start:    $local_fs $remote_fs
                # Required-Stop:
                # Default-Start:     %s
                # Default-Stop:
                # Short-Description: %s
                ### END INIT INFO
                PATH=/usr/sbin:/usr/bin:/sbin:/bin
                """.formatted(text.name(), String.join(" ", levels()), text.description())
                + text.functions(marker, command, loop)
                + """
                case ${1:-} in
                start) recover ;;
                esac
                exit 0
                """;
    }

    @Override
    public void remove() throws UpdateFailure.Service {
        try {
            for (Path link : links.present()) {
                files.delete(link);
            }
            order.remove(text.name());
            files.delete(script());
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove the guard's init script " + script() + " and its links: " + e,
                    "Remove it by hand, and /etc/rc?.d/S??" + text.name(),
                    e);
        }
    }

    @Override
    public boolean present() throws UpdateFailure.Service {
        return Files.exists(script(), LinkOption.NOFOLLOW_LINKS)
                || !links.present().isEmpty();
    }
}
