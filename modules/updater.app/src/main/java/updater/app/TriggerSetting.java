package updater.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.Trigger;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The setting up of what listens for requests of the agent.
 *
 * @param options that every command of the updater on this host is given
 */
record TriggerSetting(UpdateContext context, List<String> options) {
    /**
     * Installs it. Idempotent.
     *
     * @return why there is none; empty where there is one
     */
    Optional<String> install() throws UpdateFailure {
        Optional<Trigger> trigger = context.service().trigger();
        if (trigger.isEmpty()) {
            return Optional.of("no trigger on " + context.managerName()
                    + ": an agent that is not root cannot request updates; run 'updater apply'");
        }
        if (context.product().trust().roots().isEmpty()) {
            trigger.get().remove();
            return Optional.of(
                    "no trigger: the product names no roots, and a request needs a signature; run 'updater apply'");
        }
        HomeLayout layout = context.layout();
        List<String> command = new ArrayList<>(List.of(
                layout.stateLauncher().toString(),
                "apply",
                "--request",
                "--home",
                layout.home().toString(),
                "--product",
                layout.state().resolve(StateFiles.PRODUCT).toString()));
        command.addAll(options);
        trigger.get().install(command);
        return Optional.empty();
    }
}
