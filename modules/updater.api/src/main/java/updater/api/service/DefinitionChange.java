package updater.api.service;

import java.nio.file.Path;
import java.util.Optional;
import updater.api.Bytes;

/** The difference between the service's definition and the one in the bundle. */
public sealed interface DefinitionChange {
    /**
     * Nothing to do: no definition in the bundle, or the same one.
     *
     * @param content that one, everything expanded; empty where there is none, or it is no file
     */
    record None(Optional<Bytes> content) implements DefinitionChange {
        /** Nothing to do, as there is no definition in the bundle. */
        public None() {
            this(Optional.empty());
        }
    }

    /**
     * A file to be put in place, then {@link ServiceManager#reload()}.
     *
     * @param target its real path: where the manager loads it from
     * @param content its new bytes, everything expanded
     * @param mode permission bits of a new file; one that exists keeps its own
     * @param beforeStop whether it may be loaded while the old agent runs: whatever decides how that agent is stopped is
     *     the same in both
     * @param packaged the definition that packages install, where the target hides it: an operator may have put the target
     *     in its place; its real path
     */
    record ReplaceFile(Path target, Bytes content, int mode, boolean beforeStop, Optional<Path> packaged)
            implements DefinitionChange {
        /** A change that is made while no agent runs. */
        public ReplaceFile(Path target, Bytes content, int mode) {
            this(target, content, mode, false);
        }

        /** A change of the only definition there is. */
        public ReplaceFile(Path target, Bytes content, int mode, boolean beforeStop) {
            this(target, content, mode, beforeStop, Optional.empty());
        }
    }

    /** Settings to be changed in the manager's own store by {@link ServiceManager#configure}. */
    record Configure(String before, String after) implements DefinitionChange {}
}
