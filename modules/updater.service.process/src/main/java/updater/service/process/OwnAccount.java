package updater.service.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;
import updater.api.service.ServiceAccount;
import updater.api.service.ServiceContext;

/** The account that an agent is run as which has no service manager: the updater's own. Looked up when it is asked for. */
final class OwnAccount {
    private final ServiceContext context;
    private Optional<ServiceAccount> known = Optional.empty();

    OwnAccount(ServiceContext context) {
        this.context = context;
    }

    /** Returns {@code text} with every placeholder replaced. */
    String expand(String text) {
        String placed = context.layout().expand(text);
        return ServiceAccount.isNamedIn(placed) ? account().expand(placed) : placed;
    }

    private ServiceAccount account() {
        if (known.isEmpty()) {
            known = Optional.of(inProc().orElseGet(this::byHandle));
        }
        return known.get();
    }

    private Optional<ServiceAccount> inProc() {
        try {
            PosixFileAttributes owner =
                    Files.readAttributes(Path.of("/proc", Long.toString(context.pid())), PosixFileAttributes.class);
            return Optional.of(
                    new ServiceAccount(owner.owner().getName(), owner.group().getName()));
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** Where the host shows no group, there is one with the user's name as often as not. */
    private ServiceAccount byHandle() {
        String user = ProcessHandle.of(context.pid())
                .flatMap(process -> process.info().user())
                .orElse(ServiceAccount.ROOT.user());
        return new ServiceAccount(user, user);
    }
}
