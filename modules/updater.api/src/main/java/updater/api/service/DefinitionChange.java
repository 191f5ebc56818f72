package updater.api.service;

import java.nio.file.Path;
import updater.api.Bytes;

/** The difference between the service's definition and the one in the bundle. */
public sealed interface DefinitionChange {
    /** Nothing to do: no definition in the bundle, or the same one. */
    record None() implements DefinitionChange {}

    /**
     * A file to be put in place, then {@link ServiceManager#reload()}.
     *
     * @param target its real path: where the manager loads it from
     * @param content its new bytes, everything expanded
     * @param mode permission bits of a new file; one that exists keeps its own
     */
    record ReplaceFile(Path target, Bytes content, int mode) implements DefinitionChange {}

    /** Settings to be changed in the manager's own store by {@link ServiceManager#configure}. */
    record Configure(String before, String after) implements DefinitionChange {}
}
