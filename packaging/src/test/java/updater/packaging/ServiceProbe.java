package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.SystemTicker;
import updater.api.UpdateFailure;
import updater.api.conformance.ProductEdit;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;

/**
 * A program for the inside of a box: it calls a service provider of the host's own service manager, one method after the
 * other, and prints a line for each: the method, milliseconds, processes started, result or failure.
 *
 * <p>Arguments: provider, service, home, state directory, methods separated by commas; the rest is the guard's command.
 */
final class ServiceProbe {

    private final ProbeCommands commands = new ProbeCommands();
    private final ServiceManager manager;
    private final Path home;
    private final List<String> guardCommand;

    private ServiceProbe(String provider, String service, Path home, Path state, List<String> guardCommand) {
        this.home = home;
        this.guardCommand = guardCommand;
        ServiceSpec spec = ProductEdit.spec(service, "install/agent", Optional.empty());
        Product product =
                ProductEdit.agent().name("probe").service(provider, spec).product();
        ServiceContext context = new ServiceContext(
                product,
                spec,
                new HomeLayout(home, state),
                commands,
                new PlainFiles(),
                new SystemTicker(),
                ProcessHandle.current().pid());
        manager = ServiceLoader.load(ServiceManagerProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(candidate -> candidate.name().equals(provider))
                .findFirst()
                .orElseThrow()
                .open(context);
    }

    public static void main(String[] args) throws Exception {
        List<String> arguments = List.of(args);
        ServiceProbe probe = new ServiceProbe(
                args[0], args[1], Path.of(args[2]), Path.of(args[3]), arguments.subList(5, arguments.size()));
        for (String method : args[4].split(",", -1)) {
            probe.print(method);
        }
    }

    private void print(String method) throws Exception {
        int before = commands.ran.size();
        long start = System.nanoTime();
        String result;
        try {
            result = call(method);
        } catch (UpdateFailure e) {
            result = e.getClass().getSimpleName() + ": " + e.fullMessage();
        }
        System.out.printf(
                "%s %d %d %s%n",
                method,
                (System.nanoTime() - start) / 1_000_000,
                commands.ran.size() - before,
                result.replace('\n', ' '));
    }

    private String call(String method) throws Exception {
        int colon = method.indexOf(':');
        String name = colon < 0 ? method : method.substring(0, colon);
        String argument = method.substring(colon + 1);
        return switch (name) {
            case "inspect" -> manager.inspect().toString();
            case "state" -> manager.state().toString();
            case "kills" -> manager.stopKillsUpdater().toString();
            case "sandbox" -> manager.sandboxing().toString();
            case "warnings" -> manager.warnings().toString();
            case "compare" ->
                manager.compareDefinition(home.resolve("tmp/latest")).toString();
            case "armed" -> Boolean.toString(manager.guard().armed());
            case "fails" -> untilFailing(Duration.ofMillis(Long.parseLong(argument)));
            default -> {
                change(name, argument);
                yield "done";
            }
        };
    }

    private void change(String name, String argument) throws Exception {
        switch (name) {
            case "stop" -> manager.stop(Duration.ofSeconds(5));
            case "start" -> manager.start();
            case "dependents" -> manager.startDependents(List.of(argument.split("\\+", -1)));
            case "reload" -> manager.reload();
            case "arm" -> manager.guard().arm(guardCommand);
            case "disarm" -> manager.guard().disarm();
            case "sleep" -> Thread.sleep(Duration.ofMillis(Long.parseLong(argument)));
            default -> throw new IllegalArgumentException(name);
        }
    }

    /** Returns the first state by which a watcher knows that the service does not stay up. */
    private String untilFailing(Duration limit) throws Exception {
        long end = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < end) {
            var state = manager.state();
            switch (state.activity()) {
                case FAILED, INACTIVE -> {
                    return state.toString();
                }
                case STARTING, RUNNING, STOPPING -> {
                    if (state.restarts() > 0) {
                        return state.toString();
                    }
                }
            }
            Thread.sleep(Duration.ofMillis(100));
        }
        return "stays up";
    }

    /** Writes the plain way: what a power cut leaves is not what these tests are about. */
    private static final class PlainFiles implements HostFiles {
        @Override
        public Optional<byte[]> read(Path file) throws IOException {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(Files.readAllBytes(file))
                    : Optional.empty();
        }

        @Override
        public void write(Path file, byte[] content, int mode) throws IOException {
            Files.createDirectories(file.getParent());
            Files.write(file, content);
        }

        @Override
        public void link(Path link, String target) throws IOException {
            Files.createDirectories(link.getParent());
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, Path.of(target));
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
        }
    }
}
