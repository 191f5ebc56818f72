package updater.api;

import java.util.Map;

/**
 * The description of what is being updated: data, never code.
 *
 * @param name the product's name; names the state directory, the guard and the default log records
 * @param places where the agent and the updater's own state are on a host
 * @param services the agent's service, by service manager name ({@code systemd}, {@code sysv}, …)
 * @param files which files an update leaves alone, or has elsewhere
 * @param health how the new agent's health is judged
 * @param trust whose releases are believed
 * @param terms how an update is carried out
 */
public record Product(
        String name,
        Places places,
        Map<String, ServiceSpec> services,
        FileRules files,
        HealthRule health,
        Trust trust,
        UpdateTerms terms) {

    public Product {
        services = Map.copyOf(services);
    }
}
