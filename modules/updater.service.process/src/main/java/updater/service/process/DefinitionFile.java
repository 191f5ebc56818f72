package updater.service.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.ServiceContext;
import updater.processes.HomeTraces;

/** The file that says how the agent is run, where the product says that it is installed. */
record DefinitionFile(ServiceContext context, OwnAccount account) {
    private static final Path PROC = Path.of("/proc");

    ProcessDefinition installed() throws UpdateFailure.Refused {
        Path path = requirePath();
        byte[] bytes = read(path)
                .orElseThrow(() -> new UpdateFailure.Refused(
                        RefusalCode.SERVICE_MISSING,
                        "there is no process definition " + path,
                        "The service manager 'process' runs an agent by such a file; name another with"
                                + " --service-manager"));
        return parse(bytes, path);
    }

    /** @param source where the bytes come from, for messages */
    ProcessDefinition parse(byte[] content, Path source) throws UpdateFailure.Refused {
        return ProcessDefinition.parse(
                content, source, context.layout().home(), context.spec().name(), account::expand);
    }

    /**
     * Returns why the agent has nothing to do with home; empty where it has, or that cannot be told. A definition that lies in
     * home, or has a placeholder for it, is home's own.
     *
     * @param processes the numbers of the agent's processes
     */
    Optional<String> elsewhere(List<Long> processes) {
        try {
            Path path = requirePath();
            Path home = context.layout().home();
            Optional<String> text = read(path).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
            return path.startsWith(home) || text.isEmpty() || text.get().contains("[INSTALLDIR]")
                    ? Optional.empty()
                    : new HomeTraces(home, PROC)
                            .elsewhere(text, Optional.of(installed().command().getFirst()), processes);
        } catch (UpdateFailure.Refused e) {
            return Optional.empty();
        }
    }

    /** Returns why a process that somebody else has written down cannot be the agent; empty where it may be. */
    Optional<String> foreign(long pid) {
        Path home = context.layout().home();
        return new HomeTraces(home, PROC)
                .foreign(pid)
                .map(program -> "it runs " + program + ", which has nothing to do with " + home);
    }

    Path requirePath() throws UpdateFailure.Refused {
        return path().orElseThrow(() -> new UpdateFailure.Refused(
                RefusalCode.SERVICE_MISSING,
                "the product does not say where the process definition of "
                        + context.spec().name() + " is installed",
                "Its service 'process' needs an installed definition, e.g. [INSTALLDIR]agent.process"));
    }

    Optional<Path> path() {
        return context.spec()
                .installedDefinition()
                .map(context.layout()::expand)
                .map(context.layout().home()::resolve)
                .map(Path::normalize);
    }

    Optional<byte[]> read(Path file) throws UpdateFailure.Refused {
        try {
            return context.files().read(file);
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    "could not read the process definition " + file + ": " + Reason.at(e),
                    "It must be a regular file",
                    e);
        }
    }
}
