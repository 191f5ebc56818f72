package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.Probe;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.VendorCommands;
import updater.release.FileList;

/**
 * The check of what an agent's vendor puts into a bundle: every host would refuse it, or would silently keep its old
 * definition.
 *
 * @param agent the directory of the agent's files
 * @param without the service managers for which the bundle brings no definition, on purpose
 */
record BundleContent(Path agent, Set<String> without) {
    private static final Map<String, String> SYSTEMS =
            Map.of("systemd", "linux", "sysv", "linux", "openrc", "linux", "launchd", "macos", "windows", "windows");
    private static final Pattern READY_BY_ITSELF =
            Pattern.compile("\\s*Type\\s*=\\s*(notify|notify-reload|dbus|forking|oneshot)\\s*");
    private static final String STAGED = "[STAGED]";

    /**
     * Checks.
     *
     * @param product empty for the built-in product, whose bundles bring the definitions that they need
     * @param system which one the runtime is for, as in product descriptors; empty when that is unknown
     * @return what is allowed, and still is not what the vendor will expect
     * @throws UpdateFailure.Refused with everything that is wrong
     */
    List<String> require(Optional<Product> product, Optional<String> system) throws UpdateFailure.Refused, IOException {
        List<String> problems = new ArrayList<>();
        Map<String, ServiceSpec> services =
                product.map(Product::services).map(TreeMap::new).orElseGet(TreeMap::new);
        List<String> mutable = product.map(found -> found.files().mutable()).orElse(List.of());
        if (!Files.isDirectory(agent)) {
            problems.add(agent + " is no directory; expected the agent's files in it");
        } else {
            if (holdsNothingBut(services, mutable)) {
                problems.add(agent + " holds no file of the agent");
            }
            reserved().ifPresent(problems::add);
        }
        services.forEach((manager, spec) -> {
            problems.addAll(problems(manager, spec, system));
        });
        VendorCommands commands = product.map(found -> found.terms().commands()).orElse(VendorCommands.NONE);
        commands.rehearsal()
                .forEach(command ->
                        program(command, STAGED, agent, "the rehearsal").ifPresent(problems::add));
        commands.migrations()
                .forEach(migration -> program(migration.command(), STAGED, agent, "a migration")
                        .ifPresent(problems::add));
        Stream.of(commands.beforeStop(), commands.afterStart(), commands.afterRollback())
                .flatMap(List::stream)
                .forEach(hook -> program(hook, VendorCommands.HOOKS, agent.resolve(UpdateBundle.HOOKS), "a hook")
                        .ifPresent(problems::add));
        if (!problems.isEmpty()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    String.join("; ", problems),
                    "Correct the tree or the product descriptor; a bundle that brings no definition on purpose is built"
                            + " with --without-definition MANAGER,…");
        }
        List<String> notes = new ArrayList<>(neverInstalled(mutable));
        if (product.isPresent()) {
            notes.addAll(ready(product.get()));
        }
        return notes;
    }

    /** systemd calls a service of most types ready once its program is started, whatever that does next. */
    private List<String> ready(Product product) throws IOException {
        ServiceSpec spec = product.services().get("systemd");
        if (spec == null
                || !product.health().probes().equals(List.of(new Probe.Ready()))
                || !Files.isRegularFile(agent.resolve(spec.stagedDefinition()))) {
            return List.of();
        }
        boolean says = Files.readAllLines(agent.resolve(spec.stagedDefinition())).stream()
                .anyMatch(line -> READY_BY_ITSELF.matcher(line).matches());
        return says
                ? List.of()
                : List.of("the only probe is 'ready', and " + spec.stagedDefinition()
                        + " has no Type= by which the agent says so (notify, dbus, forking): every version that can be"
                        + " started counts as a good one; add a probe 'running', 'http' or 'command'");
    }

    private List<String> problems(String manager, ServiceSpec spec, Optional<String> system) {
        List<String> problems = new ArrayList<>();
        if (manager.equals("systemd")
                && spec.name().replaceFirst("\\.service$", "").endsWith("@")) {
            problems.add("the service " + spec.name()
                    + " is a template, of which no instance is named: nothing could be" + " started");
        }
        if (manager.equals("process") && spec.installedDefinition().isEmpty()) {
            problems.add(
                    "the service for process does not say where its definition is installed: its member 'installed'"
                            + " is to be such as [INSTALLDIR]" + spec.name() + ".process");
        }
        boolean elsewhere = system.filter(
                        own -> !SYSTEMS.getOrDefault(manager, own).equals(own))
                .isPresent();
        if (!elsewhere && !without.contains(manager)) {
            Path definition = agent.resolve(spec.stagedDefinition());
            if (!Files.isRegularFile(definition)) {
                problems.add("the definition for " + manager + " is not there: " + spec.stagedDefinition());
            }
        }
        return problems;
    }

    /** What a host has for signed releases is never installed, whoever brings it. */
    private Optional<String> reserved() throws IOException {
        try (Stream<Path> top = Files.list(agent)) {
            return top.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.toLowerCase(Locale.ROOT).equals(FileList.DIRECTORY))
                    .findFirst()
                    .map(name -> "the agent has a '" + name + "', and '" + FileList.DIRECTORY
                            + "/' is where a bundle has its list of files and its key list");
        }
    }

    /** A program of the bundle that cannot be run has every host refuse the update. */
    private static Optional<String> program(Probe.Command command, String prefix, Path directory, String of) {
        String program = command.argv().getFirst();
        if (!program.startsWith(prefix)) {
            return Optional.empty();
        }
        Path file = directory.resolve(program.substring(prefix.length()));
        if (!Files.isRegularFile(file)) {
            return Optional.of("the program of " + of + " is not there: " + program);
        }
        return Files.isExecutable(file)
                ? Optional.empty()
                : Optional.of("the program of " + of + " is not executable: " + program);
    }

    /** Definitions alone are no agent, and what is never installed is none either. */
    private boolean holdsNothingBut(Map<String, ServiceSpec> services, List<String> mutable) throws IOException {
        Set<Path> definitions = Set.copyOf(services.values().stream()
                .map(spec -> agent.resolve(spec.stagedDefinition()))
                .toList());
        try (Stream<Path> files = Files.walk(agent)) {
            return files.noneMatch(file -> Files.isRegularFile(file)
                    && !definitions.contains(file)
                    && never(mutable, file).isEmpty());
        }
    }

    private List<String> neverInstalled(List<String> mutable) throws IOException {
        try (Stream<Path> files = Files.walk(agent)) {
            return files.filter(Files::isRegularFile)
                    .flatMap(file -> never(mutable, file).stream())
                    .distinct()
                    .sorted()
                    .map(path -> "no update installs '" + path
                            + "': it is the agent's own to write (the member mutable), or the updater's")
                    .toList();
        }
    }

    /** Returns what of the product's paths, or the updater's, keeps a file from being installed. */
    private Optional<String> never(List<String> mutable, Path file) {
        Path path = agent.relativize(file);
        return Stream.concat(mutable.stream(), Stream.of("tmp/", HomeLayout.WORK + "/"))
                .filter(path::startsWith)
                .findFirst();
    }
}
