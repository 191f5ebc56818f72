package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.ServiceAccount;
import updater.api.service.ServiceContext;
import updater.api.service.StagedDefinition;

/** The definition files of a service: the bundle's, with home and account put in, and the installed one, where it really lies. */
record DefinitionFiles(ServiceContext context) {
    /** What a definition is installed with, told once it is needed. */
    @FunctionalInterface
    interface Account {
        ServiceAccount get() throws UpdateFailure;
    }

    /** Returns the definition in the bundle, nothing expanded; empty when the bundle has none. */
    Optional<byte[]> staged(Path staged) throws UpdateFailure {
        Optional<StagedDefinition> found = StagedDefinition.read(context, staged);
        if (found.isPresent() && found.get().content().length() == 0) {
            // systemd takes an empty unit file for a mask, and an empty script does nothing, successfully.
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_INVALID,
                    "the service definition " + found.get().source() + " is empty",
                    "Rebuild the bundle");
        }
        return found.map(definition -> definition.content().toArray());
    }

    /**
     * Returns a definition as it is to be installed. Bytes outside the placeholders stay as they are, whatever their
     * encoding.
     *
     * @param escape makes the path of home one that the definition's syntax leaves alone
     */
    byte[] expand(byte[] content, UnaryOperator<String> escape, Account account) throws UpdateFailure {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        String expanded =
                text.replace("[INSTALLDIR]", raw(escape.apply(context.layout().installDir())));
        if (ServiceAccount.isNamedIn(expanded)) {
            ServiceAccount names = account.get();
            expanded = new ServiceAccount(raw(names.user()), raw(names.group())).expand(expanded);
        }
        return expanded.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String raw(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
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
