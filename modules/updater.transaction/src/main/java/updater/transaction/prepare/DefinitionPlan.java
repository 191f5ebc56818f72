package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Product;
import updater.api.Stat;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.Doubt;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The plan to change the service's definition. The new definition is written to the state directory first, where only the
 * updater's user can change what the service manager is going to run.
 */
record DefinitionPlan(UpdateContext context, StagedTree staged, OutsideBackup outside, BackupTree tree) {
    /**
     * Returns the step, empty when the definition stays as it is.
     *
     * @param copied to which the definition is added unless it can be renamed into place
     */
    Optional<Step> plan(SpaceNeeds copied) throws UpdateFailure, IOException {
        // First who could change it, then what it is: in a tree that is root's alone, nothing changes in between.
        Optional<Doubt> doubt = doubt();
        return switch (context.service().compareDefinition(staged.definitions(context))) {
            case DefinitionChange.None none -> Optional.empty();
            case DefinitionChange.Configure change -> {
                refuse(doubt);
                yield Optional.of(new Step.ConfigureService(context.serviceName(), change.before(), change.after()));
            }
            case DefinitionChange.ReplaceFile file -> {
                refuse(doubt);
                yield Optional.of(new Step.ReplaceDefinition(context.serviceName(), replace(file, copied)));
            }
        };
    }

    private Optional<Doubt> doubt() throws IOException {
        Product.ServiceSpec spec = context.product().services().get(context.managerName());
        return spec == null ? staged.doubt() : staged.doubtAbout(context, spec.stagedDefinition());
    }

    /** What a definition says is done by the service manager, as any user it names. */
    private void refuse(Optional<Doubt> doubt) throws UpdateFailure.Refused {
        if (doubt.isPresent()) {
            throw new UpdateFailure.Refused(
                    "the update changes the definition of " + context.serviceName() + ", but " + doubt.get(),
                    Untrusted.ADVICE);
        }
    }

    private Step.PlaceFile replace(DefinitionChange.ReplaceFile change, SpaceNeeds copied)
            throws UpdateFailure, IOException {
        Place target = placeOf(change.target());
        try (Directory state = context.disk().open(context.layout().state());
                DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(target);
            if (!parent.writable()) {
                throw Refusal.notWritable(context, parent).failure();
            }
            Optional<FileEntry> there = parent.look(target.name());
            if (there.isPresent() && there.get().type() != FileType.REGULAR) {
                throw new UpdateFailure.Refused(
                        "the service definition " + target + " is not a regular file", "Make it one");
            }
            stage(state, parent, target, there, change);
            Place backup = keep(target, there);
            boolean byRename = state.sameMount(parent);
            if (!byRename) {
                SpaceNeeds.Need need = copied.at(parent.display(), parent);
                need.addFile(change.content().length());
                need.addPassing(change.content().length());
            }
            return new Step.PlaceFile(
                    new Place(context.layout().state(), StateFiles.DEFINITION),
                    target,
                    backup,
                    there.isPresent(),
                    byRename,
                    change.content().length());
        }
    }

    /** A definition that exists keeps its owner, mode and attributes; a new one belongs to its directory's owner. */
    private static void stage(
            Directory state,
            Directory parent,
            Place target,
            Optional<FileEntry> there,
            DefinitionChange.ReplaceFile change)
            throws IOException {
        SmallFile.Ownership ownership;
        if (there.isPresent()) {
            FileEntry old = there.get();
            ownership = new SmallFile.Ownership(
                    old.stat().uid(), old.stat().gid(), old.mode(), parent.attributes(target.name()));
        } else {
            Stat self = parent.self();
            ownership = new SmallFile.Ownership(self.uid(), self.gid(), change.mode(), Map.of());
        }
        SmallFile.replace(state, StateFiles.DEFINITION, change.content().toArray(), ownership);
    }

    private Place keep(Place target, Optional<FileEntry> there) throws IOException {
        if (target.anchor().equals(context.layout().home())) {
            // The backup of home covers it.
            return tree.placeOf(target.path());
        }
        if (there.isEmpty()) {
            return outside.placeOfNothing();
        }
        try (OutsideBackup.Target open = outside.open(target.display())) {
            return outside.keep(open);
        }
    }

    private Place placeOf(Path target) throws IOException {
        Path home = context.layout().home();
        return target.startsWith(home)
                ? new Place(home, home.relativize(target).toString().replace('\\', '/'))
                : OutsideBackup.placeOf(target);
    }
}
