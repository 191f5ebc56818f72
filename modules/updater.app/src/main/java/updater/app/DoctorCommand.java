package updater.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import updater.api.Product;
import updater.api.Product.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManagerProvider;
import updater.api.service.ServiceManagerProvider.Detection;
import updater.app.host.HomeFinder;
import updater.app.host.Host;
import updater.app.host.InstallationFinder;
import updater.app.host.ProductDescriptor;
import updater.app.host.ServiceManagerChoice;
import updater.app.host.Target;
import updater.json.Printable;
import updater.release.TrustState;
import updater.transaction.context.TrustFile;

/** The command that prints what was found on this host, and why an update would be refused. Changes nothing. */
record DoctorCommand(Target target, Host host) {
    /** What one provider says of this host. */
    record Finding(String provider, Detection detection) {}

    /**
     * Everything there is to print.
     *
     * @param productOrigin what the product descriptor was read from, for people
     * @param home where the agent is and what named it; empty when that is unknown
     * @param state the state directory; empty when it is unknown
     * @param runtime the runtime this updater runs from
     * @param findings one for each provider, in the order they were asked
     * @param chosen the provider an update would use
     * @param releases what is known of the releases that are believed, one sentence each
     * @param problems what would make an update be refused, one sentence each
     */
    record Findings(
            Product product,
            String productOrigin,
            String home,
            String state,
            Path runtime,
            List<Finding> findings,
            Optional<String> chosen,
            List<String> releases,
            List<String> problems) {
        Findings {
            findings = List.copyOf(findings);
            releases = List.copyOf(releases);
            problems = List.copyOf(problems);
        }
    }

    /** Returns what is found on this host, as text. */
    String text() throws UpdateFailure {
        return text(find());
    }

    private Findings find() throws UpdateFailure {
        InstallationFinder finder = new InstallationFinder(target, host);
        ProductDescriptor descriptor = finder.descriptor();
        List<Finding> findings = new ArrayList<>();
        for (ServiceManagerProvider provider : host.providers()) {
            findings.add(new Finding(provider.name(), provider.detect(host.commands())));
        }
        List<String> problems = new ArrayList<>();
        String home = "";
        String state = "";
        Optional<String> chosen = Optional.empty();
        List<String> releases = List.of();
        try {
            HomeFinder.Home found = finder.home();
            home = found.directory() + " (" + found.origin() + ")";
            state = finder.layout().state().toString();
            TrustState remembered = new TrustFile(host.disk(), finder.layout()).read();
            releases = TrustText.lines(
                    descriptor.product().trust(), remembered, host.clock().now());
            chosen = Optional.of(ServiceManagerChoice.choose(host, descriptor.product(), target.serviceManager())
                    .name());
            finder.context().service().inspect();
        } catch (UpdateFailure e) {
            problems.add(e.fullMessage());
        }
        return new Findings(
                descriptor.product(),
                descriptor.origin(),
                home,
                state,
                host.javaHome(),
                findings,
                chosen,
                releases,
                problems);
    }

    /** Returns the text to print, lines separated and ended by line feeds. */
    static String text(Findings found) {
        StringBuilder out = new StringBuilder();
        fact(out, "product", found.product().name() + " (" + found.productOrigin() + ")");
        fact(out, "home", found.home());
        fact(out, "state directory", found.state());
        fact(out, "runtime", found.runtime().toString());
        fact(out, "service manager", found.chosen().orElse("none"));
        found.chosen()
                .map(name -> found.product().services().get(name))
                .ifPresent(spec -> fact(out, "service", service(spec)));
        out.append("\nservice managers\n");
        int width = found.findings().stream()
                .mapToInt(finding -> finding.provider().length())
                .max()
                .orElse(0);
        for (Finding finding : found.findings()) {
            boolean chosen = found.chosen().filter(finding.provider()::equals).isPresent();
            out.append(chosen ? "* " : "  ")
                    .append(padded(finding.provider(), width))
                    .append("  ")
                    .append(padded(finding.detection().fit().name().toLowerCase(Locale.ROOT), 8))
                    .append("  ")
                    .append(Printable.text(finding.detection().reason()))
                    .append('\n');
        }
        if (found.findings().isEmpty()) {
            out.append("  none in this runtime\n");
        }
        section(out, "releases", found.releases());
        section(out, "an update would be refused", found.problems());
        return out.toString();
    }

    private static void section(StringBuilder out, String title, List<String> lines) {
        if (!lines.isEmpty()) {
            out.append('\n').append(title).append('\n');
            lines.forEach(line -> out.append("  ").append(Printable.text(line)).append('\n'));
        }
    }

    private static String service(ServiceSpec spec) {
        return spec.name()
                + spec.installedDefinition()
                        .map(definition -> ", " + definition)
                        .orElse("");
    }

    private static void fact(StringBuilder out, String name, String value) {
        out.append(padded(name, 17)).append(Printable.text(value)).append('\n');
    }

    private static String padded(String text, int width) {
        return String.format(Locale.ROOT, "%-" + Math.max(width, 1) + "s", text);
    }
}
