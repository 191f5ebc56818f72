package updater.api.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/**
 * The definition that the bundle brings for the service, as it lies in the staged tree; what it means is the provider's
 * to say.
 *
 * @param source where it lies, for messages
 * @param content its bytes, nothing expanded
 */
public record StagedDefinition(Path source, Bytes content) {
    /**
     * Returns the definition of the context's service; empty when the bundle has none. Changes nothing.
     *
     * @param staged the staged tree
     * @throws UpdateFailure.Refused when it is anything but a regular file
     * @throws UpdateFailure.Disk when it cannot be read
     */
    public static Optional<StagedDefinition> read(ServiceContext context, Path staged) throws UpdateFailure {
        Path source = staged.resolve(context.spec().stagedDefinition());
        if (Files.exists(source, LinkOption.NOFOLLOW_LINKS)
                && !Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_INVALID,
                    "the service definition " + source + " is not a regular file",
                    "Rebuild the bundle");
        }
        try {
            return context.files().read(source).map(bytes -> new StagedDefinition(source, Bytes.of(bytes)));
        } catch (IOException e) {
            throw new UpdateFailure.Disk("read the service definition", source, e);
        }
    }
}
