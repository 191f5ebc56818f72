package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.Stat;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.state.document.PreviousBeside;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The plan to change the service's definition. The new definition is written to the state directory first, where only the
 * updater's user can change what the service manager is going to run.
 */
record DefinitionPlan(UpdateContext context, OutsideBackup outside, BackupTree tree) {
    private static final int NEW_MODE = 0644;

    private static final int OWNER_ONLY = 0600;

    /** A script that is not the service's is not to be run. */
    private static final int NOT_EXECUTABLE = 0666;

    /**
     * What becomes of the definition.
     *
     * @param change the step that changes it; empty when it stays as it is
     * @param beside the step that places the new one where it has no effect, as the old one is an operator's own
     */
    record Planned(Optional<Step> change, Optional<Step> beside, List<String> warnings) {
        static final Planned NOTHING = new Planned(Optional.empty(), Optional.empty(), List.of());

        static Planned of(Step change) {
            return new Planned(Optional.of(change), Optional.empty(), List.of());
        }
    }

    /**
     * Returns the steps, and records what is shipped.
     *
     * @param change what the preflight found
     * @param copied to which the definition is added unless it can be renamed into place
     */
    Planned plan(DefinitionChange change, SpaceNeeds copied, LastShipped last, ShippedWriter shipped)
            throws UpdateFailure, IOException {
        String key = ShippedWriter.definition(context.managerName(), context.serviceName());
        return switch (change) {
            case DefinitionChange.None none -> {
                if (none.content().isPresent()) {
                    shipped.addDefinition(key, none.content().get(), NEW_MODE);
                }
                yield Planned.NOTHING;
            }
            case DefinitionChange.Configure settings ->
                Planned.of(new Step.ConfigureService(context.serviceName(), settings.before(), settings.after()));
            case DefinitionChange.ReplaceFile file -> {
                shipped.addDefinition(key, file.content(), file.mode());
                try (ShippedRecord record = last.open()) {
                    yield replaceOrLeave(file, copied, record.at(key));
                }
            }
        };
    }

    private Planned replaceOrLeave(DefinitionChange.ReplaceFile file, SpaceNeeds copied, Optional<FileEntry> last)
            throws UpdateFailure, IOException {
        if (!isOperators(context, file, last)) {
            Step.PlaceFile placed = replace(file, copied);
            // What lies in home is backed up with it, once the agent has exited.
            boolean outsideHome =
                    !placed.target().anchor().equals(context.layout().home());
            return Planned.of(
                    new Step.ReplaceDefinition(context.serviceName(), placed, file.beforeStop() && outsideHome));
        }
        if (last.isPresent() && isOf(file.content(), last.get())) {
            // The vendor has nothing new to say.
            return Planned.NOTHING;
        }
        return beside(file, copied);
    }

    /**
     * Returns whether the definition is neither what the last version shipped, nor what a package has installed: then it is
     * an operator's own. Without a record only one that hides a package's can be known to be.
     */
    private static boolean isOperators(
            UpdateContext context, DefinitionChange.ReplaceFile file, Optional<FileEntry> last) throws IOException {
        Optional<Bytes> there = bytes(context, file.target());
        if (there.isEmpty() || (last.isEmpty() && file.packaged().isEmpty())) {
            return false;
        }
        boolean isLast = last.isPresent() && isOf(there.get(), last.get());
        boolean isPackaged = file.packaged().isPresent()
                && bytes(context, file.packaged().get()).equals(there);
        return !isLast && !isPackaged;
    }

    /** Returns whether the installed definition stays although the bundle has another: it is an operator's own. */
    static boolean stays(UpdateContext context, DefinitionChange change) throws IOException {
        if (!(change instanceof DefinitionChange.ReplaceFile file)) {
            return false;
        }
        try (ShippedRecord last = LastShipped.read(context).open()) {
            return isOperators(
                    context, file, last.at(ShippedWriter.definition(context.managerName(), context.serviceName())));
        }
    }

    /** What is no file is refused where it would be replaced. */
    private static Optional<Bytes> bytes(UpdateContext context, Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? context.files().read(file).map(Bytes::of)
                : Optional.empty();
    }

    private static boolean isOf(Bytes content, FileEntry shipped) {
        return content.length() == shipped.size()
                && OptionalLong.of(ShippedWriter.checksum(content)).equals(shipped.checksum());
    }

    /** The new one goes where the package has its own, which the operator's hides; else beside it, where it has no effect. */
    private Planned beside(DefinitionChange.ReplaceFile file, SpaceNeeds copied) throws UpdateFailure, IOException {
        Path target = file.packaged()
                .orElseGet(() -> file.target().resolveSibling(file.target().getFileName() + Beside.VENDORS));
        String stays =
                "the service definition " + file.target() + " is an operator's own, so it stays; the new one is ";
        Optional<Bytes> there = bytes(context, target);
        if (there.filter(file.content()::equals).isPresent()) {
            return new Planned(Optional.empty(), Optional.empty(), List.of(stays + target));
        }
        try {
            int mode = file.mode() & NOT_EXECUTABLE;
            Step step = replace(new DefinitionChange.ReplaceFile(target, file.content(), mode), copied);
            pend(target, there, Optional.of(file.content()), mode);
            return new Planned(Optional.empty(), Optional.of(step), List.of(stays + target));
        } catch (UpdateFailure.Refused e) {
            return new Planned(Optional.empty(), Optional.empty(), List.of(stays + "not beside it: " + e.getMessage()));
        }
    }

    /** What lies in home is kept with the other files there. Forced by the caller. */
    private void pend(Path target, Optional<Bytes> before, Optional<Bytes> after, int mode) throws IOException {
        if (target.startsWith(context.layout().home())) {
            return;
        }
        try (Directory state = context.disk().open(context.layout().state())) {
            SmallFile.replace(
                    state,
                    StateFiles.BESIDE_PENDING,
                    new PreviousBeside(target.toString(), before, after, mode).json(),
                    OWNER_ONLY);
        }
    }

    /**
     * Returns what takes back what the last update did beside an operator's definition: the file that it replaced comes again,
     * the one that it made goes. One that somebody has changed since is his.
     */
    Planned takeBack(PreviousBeside last, SpaceNeeds copied) throws UpdateFailure, IOException {
        Path target = context.layout().home().resolve(last.path());
        String stays = "the service definition " + target + ", which the last update had put there, stays: ";
        Optional<Bytes> there = bytes(context, target);
        if (there.equals(last.before())) {
            return Planned.NOTHING;
        }
        if (!there.equals(last.after())) {
            return new Planned(Optional.empty(), Optional.empty(), List.of(stays + "it was changed since"));
        }
        try {
            Step step = last.before().isPresent()
                    ? replace(
                            new DefinitionChange.ReplaceFile(
                                    target, last.before().get(), last.mode()),
                            copied)
                    : remove(target);
            pend(target, there, last.before(), last.mode());
            return new Planned(Optional.empty(), Optional.of(step), List.of());
        } catch (UpdateFailure.Refused e) {
            return new Planned(Optional.empty(), Optional.empty(), List.of(stays + e.getMessage()));
        } catch (NoSuchFileException e) {
            return new Planned(
                    Optional.empty(), Optional.empty(), List.of(stays + target.getParent() + " is not there any more"));
        }
    }

    private Step remove(Path target) throws UpdateFailure, IOException {
        try (OutsideBackup.Target open = outside.open(target)) {
            requireWritable(open.directory(), open.place());
            FileEntry there = open.entry();
            return new Step.RemoveFile(
                    open.place(),
                    outside.keep(open),
                    there.size(),
                    there.stat().inode(),
                    there.stat().modified());
        }
    }

    private Step.PlaceFile replace(DefinitionChange.ReplaceFile change, SpaceNeeds copied)
            throws UpdateFailure, IOException {
        Place target = placeOf(change.target());
        try (Directory state = context.disk().open(context.layout().state());
                DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(target);
            requireWritable(parent, target);
            Optional<FileEntry> there = parent.lookup(target.name());
            if (there.isPresent() && there.get().type() != FileType.REGULAR) {
                throw new UpdateFailure.Refused(
                        RefusalCode.DEFINITION_NOT_REPLACEABLE,
                        "the service definition " + target + " is not a regular file",
                        "Make it one");
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

    private void requireWritable(Directory parent, Place target) throws UpdateFailure, IOException {
        try {
            if (!FlagCheck.writable(parent)) {
                throw Refusal.notWritable(context, parent);
            }
            if (parent.lookup(target.name()).isPresent()) {
                FlagCheck.requireReplaceable(parent, target.name(), target.display());
            }
        } catch (Refusal refusal) {
            throw refusal.failure();
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
            return outside.placeOfNothing(target.anchor());
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
