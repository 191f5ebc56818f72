package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.strict;
import static updater.state.document.TextForms.ABSOLUTE;
import static updater.state.document.TextForms.NAME;
import static updater.state.document.TextForms.isAbsolute;
import static updater.state.document.TextForms.isBelowHome;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import updater.api.HomeRule;
import updater.api.HomeRule.HomeOverride;
import updater.api.Os;
import updater.json.JsonMembers;
import updater.json.JsonNode;

/** The JSON forms of where a product lies on a host: a value for each system that has it. */
final class PlacesJson {
    private static final JsonForm<String> VARIABLE = TEXT.where(
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}").asMatchPredicate(), "the name of an environment variable");
    private static final JsonForm<HomeOverride.RegistryValue> REGISTRY_VALUE = strict(
            v -> new HomeOverride.RegistryValue(v.next(), v.next()),
            field("registry-key", NAME, HomeOverride.RegistryValue::key),
            field("registry-value", NAME, HomeOverride.RegistryValue::value));

    private PlacesJson() {}

    /** Returns the form of a value of which each system has its own, or none. */
    static <T> JsonForm<Map<Os, T>> byOs(Function<Os, JsonForm<T>> form) {
        return new JsonForm<>(
                node -> {
                    node.allowOnly(Set.of(Os.LINUX.key(), Os.MACOS.key(), Os.WINDOWS.key()));
                    Map<Os, T> values = new EnumMap<>(Os.class);
                    for (Os os : Os.values()) {
                        Optional<JsonNode> found = node.optional(os.key());
                        if (found.isPresent()) {
                            values.put(os, form.apply(os).read(found.get()));
                        }
                    }
                    return values;
                },
                values -> {
                    JsonMembers members = new JsonMembers();
                    new TreeMap<>(values)
                            .forEach((os, value) ->
                                    members.add(os.key(), form.apply(os).write(value)));
                    return members.toJson();
                });
    }

    /** Returns the form of how home is found. */
    static JsonForm<HomeRule> home(Os os) {
        // On Windows, Path turns the slashes of the other systems' paths around.
        JsonForm<Path> path = TEXT.where(text -> isAbsolute(os, text), ABSOLUTE)
                .as(
                        Path::of,
                        of -> os == Os.WINDOWS
                                ? of.toString()
                                : of.toString().replace(of.getFileSystem().getSeparator(), "/"),
                        "an absolute path");
        JsonForm<HomeOverride.EnvironmentFile> environmentFile = strict(
                v -> new HomeOverride.EnvironmentFile(v.next(), v.next()),
                field("file", path, HomeOverride.EnvironmentFile::file),
                field("variable", VARIABLE, HomeOverride.EnvironmentFile::variable));
        JsonForm<HomeOverride> override = new JsonForm<>(
                node -> node.optional("file").isPresent() ? environmentFile.read(node) : REGISTRY_VALUE.read(node),
                value -> switch (value) {
                    case HomeOverride.EnvironmentFile file -> environmentFile.write(file);
                    case HomeOverride.RegistryValue registry -> REGISTRY_VALUE.write(registry);
                });
        return strict(
                v -> new HomeRule(v.next(), v.next()),
                field("directory", path, HomeRule::directory),
                field("overrides", override.list(), HomeRule::overrides, List.of()));
    }

    /** Returns the form of a state directory: a path, or one below home. */
    static JsonForm<String> stateDirectory(Os os) {
        return TEXT.where(text -> isBelowHome(text) || isAbsolute(os, text), ABSOLUTE);
    }
}
