package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.Step;
import updater.transaction.backup.HomeBackup;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.StatusFile;

/**
 * An update that is ready to stop the old agent.
 *
 * @param plan what it amounts to
 * @param definition the one step that changes the service's definition, when there is one
 * @param status the status file when the update began
 * @param backup completes the backup once the agent has exited
 */
public record Prepared(
        OpenJournal transaction,
        Plan plan,
        Optional<Step> definition,
        StatusFile.Seen status,
        HomeBackup backup,
        OutsideBackup outside,
        List<String> warnings)
        implements AutoCloseable {

    /** Returns the definition that is loaded while the old agent runs; empty when it is not, or when there is none. */
    public Optional<Step.ReplaceDefinition> definitionBeforeStop() {
        return definition
                .filter(Step.ReplaceDefinition.class::isInstance)
                .map(Step.ReplaceDefinition.class::cast)
                .filter(Step.ReplaceDefinition::beforeStop);
    }

    /** Returns the directories outside home that steps write in. */
    public Set<Path> outsideAnchors() {
        Set<Path> anchors = new LinkedHashSet<>(outside.anchors());
        if (definition.isPresent() && definition.get() instanceof Step.ReplaceDefinition change) {
            anchors.add(change.file().target().anchor());
        }
        return anchors;
    }

    @Override
    public void close() throws IOException {
        try (backup;
                outside) {
            transaction.journal().close();
        }
    }
}
