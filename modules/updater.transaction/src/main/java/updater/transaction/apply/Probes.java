package updater.transaction.apply;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.Probe;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Quotation;
import updater.api.service.ServiceState;
import updater.json.Printable;
import updater.processes.ProcessUser;
import updater.transaction.context.AgentCommands;
import updater.transaction.context.Invocation;
import updater.transaction.context.UpdateContext;

/** The probes of a product that ask the agent itself, over HTTP or by a command. */
public record Probes(UpdateContext context, AgentCommands commands) {
    /** While an answer is waited for nobody sees the service exit. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** Returns the probes of a product, asked by this process. */
    public static Probes of(UpdateContext context, Invocation invocation) {
        return new Probes(
                context,
                new AgentCommands(
                        invocation.runtime().commands(), invocation.user().uid()));
    }

    /** Returns in words why the agent is not healthy yet, by the first probe that does not hold; empty when all hold. */
    public Optional<String> failing(ServiceState state) {
        for (Probe probe : context.product().health().probes()) {
            Optional<String> failing = Optional.empty();
            if (probe instanceof Probe.Http http) {
                failing = new HttpQuestion(http, PATIENCE).failing();
            } else if (probe instanceof Probe.Command command) {
                failing = failing(command, state);
            }
            if (failing.isPresent()) {
                return failing;
            }
        }
        return Optional.empty();
    }

    /** Returns what these probes found, for people; empty when there are none. */
    public Optional<String> described() {
        List<String> all = new ArrayList<>();
        for (Probe probe : context.product().health().probes()) {
            if (probe instanceof Probe.Http http) {
                all.add(http.url() + " answered " + http.status());
            } else if (probe instanceof Probe.Command command) {
                all.add("'" + words(command) + "' succeeded");
            }
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", all));
    }

    /**
     * Asks once while the old agent runs. What it says does not matter: what asking takes the first time is spent before
     * the stop.
     */
    public Optional<String> tryOut() {
        return http().stream()
                .flatMap(probe -> new HttpQuestion(probe, PATIENCE).failing().stream())
                .findFirst();
    }

    /**
     * Checks that nobody answers as the new agent is to, while there is no agent. Where nobody listens, that takes no time.
     *
     * @throws UpdateFailure.Unhealthy when somebody does: his answers could not be told from the new agent's
     */
    public void requireSilence() throws UpdateFailure.Unhealthy {
        for (Probe.Http probe : http()) {
            if (new HttpQuestion(probe, PATIENCE).failing().isEmpty()) {
                throw new UpdateFailure.Unhealthy(
                        "somebody else answers at " + probe.url() + " while the agent is stopped, so that nobody could"
                                + " tell whether the new agent does",
                        "Find the process with 'ss -ltnp' and end it, or name another endpoint in the product's health"
                                + " probes");
            }
        }
    }

    private List<Probe.Http> http() {
        return context.product().health().probes().stream()
                .filter(Probe.Http.class::isInstance)
                .map(Probe.Http.class::cast)
                .toList();
    }

    private Optional<String> failing(Probe.Command command, ServiceState state) {
        String shown = "'" + words(command) + "'";
        try {
            ProcessUser user = commands.agent(context, state);
            Commands.Result result = commands.run(List.of(), user, argv(command), command.bound());
            if (result.succeeded()) {
                return Optional.empty();
            }
            String said = Printable.text(Quotation.ofErrors(result));
            return Optional.of(shown + " ended with " + result.exit() + (said.isEmpty() ? "" : ": " + said));
        } catch (UpdateFailure.Service e) {
            return Optional.of(e.getMessage());
        }
    }

    private List<String> argv(Probe.Command command) {
        return command.argv().stream()
                .map(word -> word.replace("[INSTALLDIR]", context.layout().home() + "/"))
                .toList();
    }

    private String words(Probe.Command command) {
        return Printable.text(Quotation.ofCommand(argv(command)));
    }
}
