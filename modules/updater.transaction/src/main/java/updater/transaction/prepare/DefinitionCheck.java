package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.fs.Directory;
import updater.state.document.PreviousSettings;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.PreviousTree;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.Doubt;
import updater.transaction.context.UpdateContext;

/**
 * The check of the service's definition in the staged tree.
 *
 * @param believed whether the tree is one whose vendor vouches for it, and of which a copy will be installed
 */
record DefinitionCheck(UpdateContext context, StagedTree staged, boolean believed) {
    /** Returns what the definition would change. Changes nothing. */
    DefinitionChange run() throws UpdateFailure, IOException {
        // First who could change it, then what it is: in a tree that is root's alone, nothing changes in between.
        Optional<Doubt> doubt = believed ? Optional.empty() : doubt();
        DefinitionChange change = compare();
        if (!(change instanceof DefinitionChange.None) && doubt.isPresent()) {
            // What a definition says is done by the service manager, as any user it names.
            throw new UpdateFailure.Refused(
                    RefusalCode.STAGED_TREE_UNTRUSTED,
                    "the update changes the definition of " + context.serviceName() + ", but " + doubt.get(),
                    Untrusted.ADVICE);
        }
        if (change instanceof DefinitionChange.ReplaceFile file) {
            requireChangeable(file.target());
        }
        if (!(change instanceof DefinitionChange.None)) {
            context.service()
                    .requireMet(staged.definitions(context), staged.root().display());
        }
        return change;
    }

    /** What the last version shipped of settings that are no file is not known: what the update changed of them is. */
    private DefinitionChange compare() throws UpdateFailure, IOException {
        Optional<PreviousSettings> changed =
                staged.previous() ? new PreviousTree(context).settings() : Optional.empty();
        return changed.isPresent()
                ? context.service()
                        .takeBack(new DefinitionChange.Configure(
                                changed.get().before(), changed.get().after()))
                : context.service().compareDefinition(staged.definitions(context));
    }

    private void requireChangeable(Path target) throws UpdateFailure, IOException {
        Place place = OutsideBackup.placeOf(target);
        try (Directory parent = context.disk().open(place.anchor())) {
            FlagCheck.requireChangeable(parent);
            if (parent.lookup(place.name()).isPresent()) {
                FlagCheck.requireReplaceable(parent, place.name(), target);
            }
        } catch (Refusal refusal) {
            throw refusal.failure();
        } catch (NoSuchFileException e) {
            // Whether it can be made is not a matter of flags.
        }
    }

    private Optional<Doubt> doubt() throws IOException {
        ServiceSpec spec = context.product().services().get(context.managerName());
        return spec == null ? staged.doubt() : staged.doubtAbout(context, spec.stagedDefinition());
    }
}
