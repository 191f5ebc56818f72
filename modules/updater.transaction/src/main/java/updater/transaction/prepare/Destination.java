package updater.transaction.prepare;

import java.io.IOException;
import java.util.Optional;
import updater.fs.Directory;
import updater.transaction.context.UpdateContext;

/** The directory in home that files of one staged directory are put in, and how. */
final class Destination {
    private final UpdateContext context;
    private final SpaceNeeds copied;
    final Level level;

    /** The destination itself, or the nearest above it that exists. */
    final Destination existing;

    private boolean checked;
    private boolean writable;
    private boolean checkedMount;
    private boolean onStagedMount;

    /** @param copied what is counted that is placed by copying */
    Destination(UpdateContext context, SpaceNeeds copied, Level level, Optional<Destination> above) {
        this.context = context;
        this.copied = copied;
        this.level = level;
        this.existing = level.directory().isPresent() ? this : above.orElseThrow().existing;
    }

    Directory directory() {
        return existing.level.directory().orElseThrow();
    }

    /** Returns whether files can be put here. */
    boolean writable() throws IOException {
        if (!checked) {
            checked = true;
            writable = FlagCheck.writable(directory());
        }
        return writable;
    }

    void requireWritable() throws IOException {
        if (!writable()) {
            throw Refusal.notWritable(context, directory());
        }
    }

    /** Returns whether a file is put here by a rename. All files of one staged directory lie on one mount. */
    boolean byRename(PlacedInodes.Ready ready) throws IOException {
        if (ready.copied()) {
            return ready.in().sameMount(directory());
        }
        if (!checkedMount) {
            checkedMount = true;
            onStagedMount = ready.in().sameMount(directory());
        }
        return onStagedMount;
    }

    SpaceNeeds.Need needs() throws IOException {
        return copied.at(context.layout().home().resolve(existing.level.path()), directory());
    }
}
