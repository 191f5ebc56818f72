package updater.service.linux;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;

/**
 * Init scripts started by sysvinit or Upstart through links in runlevel directories.
 *
 * <p>{@code service} runs the script, in an environment of its own and with {@code /} as directory; where it is missing
 * the script is run as it is. Exit codes are those of the Linux Standard Base, Core 5.0, chapter "Init Script Actions".
 */
final class SysVInit extends InitSystem {
    static final List<Path> SERVICE = List.of(Path.of("/usr/sbin/service"), Path.of("/sbin/service"));
    static final List<Path> CHKCONFIG = List.of(Path.of("/usr/sbin/chkconfig"), Path.of("/sbin/chkconfig"));
    static final List<Path> UPDATE_RC_D = List.of(Path.of("/usr/sbin/update-rc.d"), Path.of("/sbin/update-rc.d"));

    private final RunlevelLinks links;

    SysVInit(ServiceContext context, InitScript script, Path root) {
        super(context.commands(), script, new SysVBootHalf(context, root));
        this.links = new RunlevelLinks(script.name(), context.files(), root);
    }

    @Override
    List<String> command(String verb) {
        return commands.find(SERVICE)
                .map(service -> List.of(service.toString(), script.name(), verb))
                .orElseGet(() -> List.of(script.path().toString(), verb));
    }

    /** A script without a {@code status} of its own fails with a code that means no more than that it does not run. */
    @Override
    Claim claim(int exit) {
        return switch (exit) {
            case 0 -> Claim.RUNS;
            case 1, 2 -> Claim.DEAD;
            default -> Claim.STOPPED;
        };
    }

    @Override
    String enablement() throws UpdateFailure.Service {
        return links.describe();
    }

    @Override
    boolean startsAtBoot() throws UpdateFailure.Service {
        return links.starts();
    }

    /**
     * {@inheritDoc}
     *
     * <p>There is nothing to read again but the script's header, which decides its place in the boot order: a registered
     * script is registered again, by {@code chkconfig NAME resetpriorities}, else by {@code update-rc.d NAME defaults}.
     * Both keep the runlevels that an operator has chosen (chkconfig(8), update-rc.d(8)). A script that no runlevel knows is
     * left alone, one whose header is the old one's too, and every script of a host that has neither command.
     */
    @Override
    void reload() throws UpdateFailure.Service {
        Optional<List<String>> command = registration();
        if (command.isEmpty() || script.headerKept() || links.present().isEmpty()) {
            return;
        }
        register(
                command.get(),
                "could not bring the boot order of " + script.name() + " up to date",
                "Run it by hand to see what it dislikes in the headers of the init scripts");
    }

    private Optional<List<String>> registration() {
        Optional<List<String>> byChkconfig = commands.find(CHKCONFIG)
                .map(chkconfig -> List.of(chkconfig.toString(), script.name(), "resetpriorities"));
        return byChkconfig.isPresent()
                ? byChkconfig
                : commands.find(UPDATE_RC_D).map(updateRcD -> List.of(updateRcD.toString(), script.name(), "defaults"));
    }

    /** The links as they were are what counts; what the command thinks of the old header does not matter now. */
    @Override
    void restore(ServiceFacts before) throws UpdateFailure.Service {
        Optional<UpdateFailure.Service> trouble = Optional.empty();
        try {
            reload();
        } catch (UpdateFailure.Service e) {
            trouble = Optional.of(e);
        }
        try {
            links.restore(before.enablement());
        } catch (UpdateFailure.Service e) {
            trouble.ifPresent(e::addSuppressed);
            throw e;
        }
    }
}
