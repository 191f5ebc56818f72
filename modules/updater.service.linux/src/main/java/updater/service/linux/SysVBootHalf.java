package updater.service.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import updater.api.UpdateFailure;
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
final class SysVBootHalf extends BootHalf {
    private static final List<String> STARTING = List.of("2", "3", "4", "5");

    private final RunlevelLinks links;
    private final StartparOrder order;

    SysVBootHalf(ServiceContext context, Path root) {
        super(context, root);
        this.links = new RunlevelLinks(text.name(), files, root);
        this.order = new StartparOrder(files, root);
    }

    private List<String> levels() {
        return RunlevelLinks.directory(root, "S").isPresent() ? List.of("S") : STARTING;
    }

    @Override
    List<Path> wanted() throws IOException {
        String number = levels().equals(STARTING) ? "S00" : "S99";
        List<Path> wanted = new ArrayList<>();
        for (String level : levels()) {
            Path directory = RunlevelLinks.directory(root, level)
                    .orElseThrow(() -> new IOException("there is no directory for runlevel " + level));
            wanted.add(directory.resolve(number + text.name()));
        }
        return wanted;
    }

    @Override
    void link(List<Path> wanted) throws IOException, UpdateFailure.Service {
        order.add(text.name());
        for (Path link : links()) {
            files.delete(link);
        }
        for (Path link : wanted) {
            files.link(link, "../init.d/" + text.name());
        }
    }

    @Override
    String content(List<String> command, List<String> loop) {
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
    List<Path> links() throws UpdateFailure.Service {
        return links.present();
    }

    @Override
    void forget() throws IOException {
        order.remove(text.name());
        files.delete(script());
    }

    @Override
    String everyLink() {
        return "/etc/rc?.d/S??" + text.name();
    }
}
