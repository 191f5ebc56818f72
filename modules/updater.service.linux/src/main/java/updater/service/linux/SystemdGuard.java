package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.Guard;
import updater.api.service.ServiceContext;

/**
 * Recover by two units, neither of which needs a daemon-reload: that would also load whatever an operator has edited
 * and not yet meant to take effect.
 *
 * <ul>
 *   <li>The boot half is a unit file with links to it, which systemd first reads at the next boot. It is ordered before
 *       the agent, so that no agent starts on half an installation.
 *   <li>The timer half is a transient timer. It belongs to systemd, so neither the death of the updater nor that of its
 *       control group ends it; it does not survive a reboot, and therefore the boot half sets it up again, for the case
 *       that the recovery at boot is itself cut short.
 * </ul>
 *
 * <p>The boot half is written first and removed first: an updater that dies between the two leaves a timer, whose next
 * run finds nothing to recover and disarms the rest.
 */
final class SystemdGuard implements Guard {
    static final List<Path> SYSTEMD_RUN = List.of(Path.of("/usr/bin/systemd-run"), Path.of("/bin/systemd-run"));

    private static final String UNITS = "etc/systemd/system";

    private static final Duration BOUND = Duration.ofSeconds(30);

    /**
     * Runs the command and takes for a success what is one here: 1, undone and proven; 3, the updater is still at work.
     * Through the shell also because SELinux's targeted policy lets systemd itself execute a shell but no file that is
     * labelled as data, which is what everything below /var/lib is.
     */
    private static final List<String> SHELL =
            List.of("/bin/sh", "-c", "\"$0\" \"$@\" || case $? in 1|3) ;; *) exit 1 ;; esac");

    private final Systemctl systemctl;
    private final String agent;
    private final ServiceContext context;
    private final Path root;
    private final String product;
    private final String bootUnit;
    private final String timer;
    private final String timed;

    SystemdGuard(Systemctl systemctl, String agent, ServiceContext context, Path root) {
        this.systemctl = systemctl;
        this.agent = agent;
        this.context = context;
        this.root = root;
        this.product = context.product().name();
        String prefix = UnitName.prefix(product);
        this.bootUnit = prefix + "-updater-recover.service";
        this.timer = prefix + "-updater-guard.timer";
        this.timed = prefix + "-updater-guard.service";
    }

    @Override
    public void arm(List<String> command) throws UpdateFailure.Service {
        Path systemdRun = context.commands()
                .find(SYSTEMD_RUN)
                .orElseThrow(() -> new UpdateFailure.Service(
                        "systemd-run is missing: looked for " + SYSTEMD_RUN,
                        "Install the package that has it, systemd"));
        List<String> startTimer = startTimer(systemdRun, command);
        Path file = unitFile();
        try {
            context.files().write(file, bootUnitText(startTimer, command), 0644);
            for (String target : targets()) {
                context.files().link(link(target), "../" + bootUnit);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not write the guard's unit " + file + ": " + e,
                    "Make /etc writable for root; a sandboxed agent may have to allow it to its updater",
                    e);
        }
        startTimer(startTimer);
    }

    private void startTimer(List<String> argv) throws UpdateFailure.Service {
        Result result = context.commands().run(argv, BOUND);
        if (result.succeeded()) {
            return;
        }
        // The name is taken: by the timer itself, or by the failed run of an earlier one.
        List<UnitProperties> found = guards();
        if (found.getFirst().is("ActiveState", "active")) {
            return;
        }
        systemctl.run(Systemctl.ANSWER, "stop", List.of("--", timer));
        systemctl.run(Systemctl.ANSWER, "reset-failed", List.of("--", timer, timed));
        Result again = context.commands().run(argv, BOUND);
        if (!again.succeeded()) {
            throw new UpdateFailure.Service(
                    "could not set up the guard's timer %s: systemd-run ended with %d: %s"
                            .formatted(timer, again.exit(), again.err().strip()),
                    Systemctl.seeJournal(timer));
        }
    }

    /**
     * Returns the targets that shall pull the boot half in: those that pull the agent in, and the usual one for an
     * agent that is disabled and may nevertheless have been running.
     */
    private Set<String> targets() throws UpdateFailure.Service {
        UnitProperties properties = systemctl.show(List.of("WantedBy", "RequiredBy"), agent);
        Set<String> targets = new LinkedHashSet<>(Set.of("multi-user.target"));
        Stream.concat(properties.words("WantedBy").stream(), properties.words("RequiredBy").stream())
                .filter(name -> name.endsWith(".target"))
                .forEach(targets::add);
        return targets;
    }

    private List<String> startTimer(Path systemdRun, List<String> command) {
        List<String> argv = new ArrayList<>(List.of(
                systemdRun.toString(),
                "--quiet",
                "--unit=" + timed.substring(0, timed.length() - ".service".length()),
                "--description=Finish or undo an interrupted update of " + product,
                "--on-active=15",
                "--on-unit-active=15",
                // systemd's own default is a minute.
                "--timer-property=AccuracySec=1s",
                // A recovery that hangs must not keep the next one from trying.
                "--property=RuntimeMaxSec=900",
                "--"));
        SHELL.stream().map(UnitFileText::literal).forEach(argv::add);
        command.stream().map(UnitFileText::literal).forEach(argv::add);
        return argv;
    }

    private byte[] bootUnitText(List<String> startTimer, List<String> command) throws UpdateFailure.Service {
        List<String> recover = new ArrayList<>(SHELL);
        recover.addAll(command);
        String home = context.layout().home().toString();
        String state = context.layout().state().toString();
        String text = """
                [Unit]
                Description=Finish or undo an interrupted update of %s
                RequiresMountsFor=%s %s
                After=local-fs.target
                Before=%s

                [Service]
                Type=oneshot
                # A oneshot unit's own default is to wait for ever, and the agent waits with it.
                TimeoutStartSec=90
                ExecStartPre=-%s
                ExecStart=%s
                """.formatted(
                        product.replace("%", "%%"),
                        UnitFileText.word(home),
                        UnitFileText.word(state),
                        agent,
                        UnitFileText.commandLine(startTimer),
                        UnitFileText.commandLine(recover));
        if (!Stream.of(List.of(product, home, state), command)
                .flatMap(List::stream)
                .allMatch(UnitFileText::representable)) {
            throw new UpdateFailure.Service(
                    "a path holds a control character, which no unit file can hold: " + home + ", " + command,
                    "Install the agent in a directory with a printable name");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void disarm() throws UpdateFailure.Service {
        try {
            for (Path link : links()) {
                context.files().delete(link);
            }
            context.files().delete(unitFile());
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove the guard's unit " + unitFile() + ": " + e,
                    "Remove it and the links to it by hand: systemctl disable " + bootUnit,
                    e);
        }
        List<UnitProperties> found = guards();
        // Only the timer: the service it started may be who calls this.
        if (found.getFirst().active()) {
            systemctl.require(BOUND, "stop", List.of("--", timer), "could not stop the guard's timer " + timer, timer);
        }
        List<String> failed = new ArrayList<>(List.of("--"));
        List<String> names = List.of(timer, timed, bootUnit);
        for (int i = 0; i < names.size(); i++) {
            if (found.get(i).is("ActiveState", "failed")) {
                failed.add(names.get(i));
            }
        }
        if (failed.size() > 1) {
            systemctl.run(Systemctl.ANSWER, "reset-failed", failed);
        }
    }

    @Override
    public boolean armed() throws UpdateFailure.Service {
        try {
            Optional<byte[]> unit = context.files().read(unitFile());
            return unit.isPresent() || !links().isEmpty() || guards().getFirst().active();
        } catch (IOException e) {
            throw new UpdateFailure.Service("could not look for the guard's unit " + unitFile() + ": " + e, "", e);
        }
    }

    private List<UnitProperties> guards() throws UpdateFailure.Service {
        return systemctl.show(List.of("Id", "ActiveState"), List.of(timer, timed, bootUnit));
    }

    private Path unitFile() {
        return root.resolve(UNITS).resolve(bootUnit);
    }

    private Path link(String target) {
        return root.resolve(UNITS).resolve(target + ".wants").resolve(bootUnit);
    }

    /** Returns the links to the boot half wherever they are: the agent's targets may have changed since it was armed. */
    private List<Path> links() throws IOException {
        List<Path> links = new ArrayList<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(root.resolve(UNITS), "*.wants")) {
            for (Path directory : directories) {
                Path link = directory.resolve(bootUnit);
                if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    links.add(link);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException none) {
            return List.of();
        }
        return links;
    }
}
