package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.state.document.ProductJson;
import updater.transaction.context.Invocation;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The command with which the guard recovers. It must find the same product and home as this run, whatever has become of
 * {@code home/tmp} by then.
 */
public final class RecoveryCommand {
    private RecoveryCommand() {}

    /** Writes the product into the state directory, forced, and returns the command that names it. */
    public static List<String> write(UpdateContext context, Invocation invocation) throws UpdateFailure.Disk {
        HomeLayout layout = context.layout();
        Path product = layout.state().resolve(StateFiles.PRODUCT);
        try {
            context.files().write(product, ProductJson.write(context.product()), 0644);
        } catch (IOException e) {
            throw new UpdateFailure.Disk("write", product, e);
        }
        List<String> command = new ArrayList<>(List.of(
                layout.stateLauncher().toString(),
                "recover",
                "--home",
                layout.home().toString(),
                "--product",
                product.toString()));
        command.addAll(invocation.guardOptions());
        return command;
    }
}
