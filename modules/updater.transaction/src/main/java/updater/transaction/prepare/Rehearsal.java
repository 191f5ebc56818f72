package updater.transaction.prepare;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import updater.api.Probe;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Quotation;
import updater.api.service.ServiceState;
import updater.json.Printable;
import updater.processes.ProcessUser;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.AgentCommands;
import updater.transaction.context.UpdateContext;

/**
 * The rehearsal of a new version while the old agent runs: the commands that the product names must succeed on the staged
 * tree. They run as the agent's user, see the tree read-only, and have a temporary directory of their own.
 */
record Rehearsal(UpdateContext context, AgentCommands commands, StagedTree staged) {
    private static final String LEFT_OUT = "the rehearsal of the new version was left out: ";

    /**
     * Rehearses.
     *
     * @return why there was no rehearsal although the product asks for one; empty when it succeeded
     * @throws UpdateFailure.Refused when the new version has failed it
     */
    Optional<String> run() throws UpdateFailure, IOException {
        if (context.product().terms().commands().rehearsal().isEmpty()) {
            return Optional.empty();
        }
        ServiceState state = context.service().state();
        ProcessUser user;
        try {
            user = commands.agent(context, state);
        } catch (UpdateFailure.Service e) {
            return Optional.of(LEFT_OUT + e.getMessage());
        }
        Optional<StagedSandbox> sandbox = StagedSandbox.of(context, commands, staged, user);
        if (sandbox.isEmpty()) {
            return Optional.of(
                    LEFT_OUT + "this host lets the updater mount nothing, and the agent's user may not enter the"
                            + " staged tree where it lies");
        }
        for (Probe.Command command : context.product().terms().commands().rehearsal()) {
            rehearse(command, user, sandbox.get());
        }
        return Optional.empty();
    }

    private void rehearse(Probe.Command command, ProcessUser user, StagedSandbox sandbox) throws UpdateFailure.Refused {
        String shown = "'" + Printable.text(Quotation.ofCommand(command.argv())) + "'";
        Commands.Result result;
        try {
            result = commands.run(sandbox.prefix(), user, argv(command, sandbox), command.bound());
        } catch (UpdateFailure.Service e) {
            throw refused(shown + " failed: " + e.getMessage());
        }
        if (!result.succeeded()) {
            String said = Printable.text(Quotation.ofAll(result));
            throw refused(shown + " ended with " + result.exit() + (said.isEmpty() ? "" : ": " + said));
        }
    }

    private static UpdateFailure.Refused refused(String what) {
        return new UpdateFailure.Refused(
                RefusalCode.REHEARSAL_FAILED,
                "the new version failed its rehearsal, " + what,
                "Mend what it complains of, or get another bundle; the agent was not stopped");
    }

    private List<String> argv(Probe.Command command, StagedSandbox sandbox) {
        return sandbox.words(command, context);
    }
}
