package updater.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.Trigger;
import updater.app.host.Console;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The setting up of what listens for requests of the agent.
 *
 * @param options that every command of the updater on this host is given
 */
record TriggerSetting(UpdateContext context, Console console, List<String> options) {
    /** Installs it, or says why there is none. Idempotent. */
    void install() throws UpdateFailure {
        Optional<Trigger> trigger = context.service().trigger();
        if (trigger.isEmpty()) {
            console.print("no trigger on " + context.managerName()
                    + ": an agent that is not root cannot request updates; run 'updater apply'");
            return;
        }
        if (context.product().trust().roots().isEmpty()) {
            console.print(
                    "no trigger: the product names no roots, and a request needs a signature; run 'updater apply'");
            trigger.get().remove();
            return;
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
    }
}
