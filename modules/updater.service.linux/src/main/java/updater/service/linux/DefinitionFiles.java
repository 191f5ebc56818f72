package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import updater.api.UpdateFailure;
import updater.api.service.ServiceContext;
import updater.api.service.StagedDefinition;

/** The definition files of a service: the bundle's, with home put in, and the installed one, where it really lies. */
record DefinitionFiles(ServiceContext context) {
    /** Returns the definition in the bundle as it is to be installed; empty when the bundle has none. */
    Optional<byte[]> staged(Path staged, UnaryOperator<String> escape) throws UpdateFailure {
        Optional<StagedDefinition> found = StagedDefinition.read(context, staged);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        StagedDefinition definition = found.get();
        if (definition.content().length() == 0) {
            // systemd takes an empty unit file for a mask, and an empty script does nothing, successfully.
            throw new UpdateFailure.Refused(
                    "the service definition " + definition.source() + " is empty", "Rebuild the bundle");
        }
        return Optional.of(expand(definition.content().toArray(), escape));
    }

    /** Bytes outside the placeholder stay as they are, whatever their encoding. */
    private byte[] expand(byte[] content, UnaryOperator<String> escape) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        String directory = escape.apply(context.layout().installDir());
        String raw = new String(directory.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return text.replace("[INSTALLDIR]", raw).getBytes(StandardCharsets.ISO_8859_1);
    }

    Optional<byte[]> installed(Path file) throws UpdateFailure.Disk {
        try {
            return context.files().read(file);
        } catch (IOException e) {
            throw new UpdateFailure.Disk("read the service definition", file, e);
        }
    }

    /** Returns the real path of a file that need not be there: replacing a link would cut it. */
    static Path real(Path file) throws UpdateFailure.Disk {
        try {
            if (Files.exists(file)) {
                return file.toRealPath();
            }
            Path directory = file.getParent();
            Path name = file.getFileName();
            return directory == null || name == null || !Files.exists(directory)
                    ? file
                    : directory.toRealPath().resolve(name);
        } catch (IOException e) {
            throw new UpdateFailure.Disk("resolve the service definition", file, e);
        }
    }
}
