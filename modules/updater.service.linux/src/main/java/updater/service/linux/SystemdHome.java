package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import updater.api.UpdateFailure;
import updater.api.service.ServiceContext;
import updater.processes.HomeTraces;

/** What a unit has to do with home: its file, the drop-ins, the files of its environment, and its processes. */
record SystemdHome(Systemctl systemctl, String unit, ServiceContext context, Path root, SystemdState states) {
    private static final List<String> PROPERTIES = Stream.concat(
                    SystemdState.PROPERTIES.stream(), Stream.of("FragmentPath", "DropInPaths", "EnvironmentFiles"))
            .toList();

    /** Returns why it has nothing to do with it; empty where it has, or that cannot be told. */
    Optional<String> elsewhere() throws UpdateFailure.Service {
        UnitProperties properties = systemctl.show(PROPERTIES, unit);
        Optional<List<byte[]>> definition = definition(properties);
        Optional<String> program = definition
                .flatMap(files -> UnitSettings.of(files).list("Service.ExecStart").stream()
                        .findFirst())
                .flatMap(UnitDemands::program);
        return new HomeTraces(context.layout().home(), root.resolve("proc"))
                .elsewhere(definition.map(files -> text(files, properties)), program, states.inUse(properties));
    }

    private Optional<List<byte[]>> definition(UnitProperties properties) {
        List<String> paths = new ArrayList<>(List.of(properties.text("FragmentPath")));
        paths.addAll(properties.words("DropInPaths"));
        List<byte[]> contents = new ArrayList<>();
        for (String path : paths) {
            Optional<byte[]> content = path.isEmpty() ? Optional.empty() : read(path);
            if (content.isEmpty()) {
                return Optional.empty();
            }
            contents.add(content.get());
        }
        return Optional.of(contents);
    }

    /** With the files of the environment, as far as they can be read: they may well say where home is. */
    private String text(List<byte[]> definition, UnitProperties properties) {
        StringBuilder text = new StringBuilder();
        List<byte[]> all = new ArrayList<>(definition);
        for (String line : properties.all("EnvironmentFiles")) {
            String path = line.split(" ", 2)[0];
            if (path.startsWith("/")) {
                read(path).ifPresent(all::add);
            }
        }
        all.forEach(
                file -> text.append(new String(file, StandardCharsets.UTF_8)).append('\n'));
        return text.toString().replace("%%", "%").replace("\\x20", " ");
    }

    private Optional<byte[]> read(String path) {
        try {
            return context.files().read(DefinitionFiles.real(root.resolve(path.replaceFirst("^/+", ""))));
        } catch (IOException | UpdateFailure.Disk e) {
            return Optional.empty();
        }
    }
}
