package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.strict;
import static updater.state.document.TextForms.ABSOLUTE;
import static updater.state.document.TextForms.DEFINITION;
import static updater.state.document.TextForms.RELATIVE;
import static updater.state.document.TextForms.TOKEN;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import updater.api.ServiceSpec;
import updater.json.JsonMembers;
import updater.json.JsonNode;
import updater.json.JsonShapeException;

/** The JSON form of the services of a product, by service manager. */
final class ServicesJson {
    private static final JsonForm<String> SERVICE_NAME = TEXT.where(
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:@\\\\ -]{0,254}").asMatchPredicate(),
            "a service name of letters, digits, blanks and _ . : @ \\ -, not beginning with -");
    private static final JsonForm<String> COMPANION = TEXT.where(
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:@\\\\ *-]{0,254}").asMatchPredicate(),
            "a service name, in which * stands for any text");
    private static final String END = "end";
    private static final String LEAVE = "leave";
    private static final JsonForm<ServiceSpec> SERVICE = strict(
            v -> new ServiceSpec(v.next(), v.next(), v.next(), v.next(), v.next(), v.next()),
            field("name", SERVICE_NAME, ServiceSpec::name),
            field("definition", RELATIVE, ServiceSpec::stagedDefinition),
            field(
                    "installed",
                    DEFINITION.<Optional<String>>as(Optional::of, Optional::orElseThrow, ABSOLUTE),
                    ServiceSpec::installedDefinition,
                    Optional.empty()),
            field("companions", COMPANION.list(), ServiceSpec::companions, List.of()),
            field(
                    "leftovers",
                    TEXT.where(Set.of(END, LEAVE)::contains, END + " or " + LEAVE)
                            .as(LEAVE::equals, leaves -> leaves ? LEAVE : END, END + " or " + LEAVE),
                    ServiceSpec::leavesProcesses,
                    false),
            field("elsewhere", JsonForm.BOOL, ServiceSpec::elsewhere, false));

    /** A service for each of one manager or more. */
    static final JsonForm<Map<String, ServiceSpec>> SERVICES =
            byManager().where(all -> !all.isEmpty(), "at least one service manager");

    private ServicesJson() {}

    private static JsonForm<Map<String, ServiceSpec>> byManager() {
        return new JsonForm<>(
                node -> {
                    Map<String, ServiceSpec> services = new LinkedHashMap<>();
                    for (Map.Entry<String, JsonNode> service : node.members().entrySet()) {
                        JsonNode spec = service.getValue();
                        if (!TOKEN.matcher(service.getKey()).matches()) {
                            throw JsonShapeException.at(spec.path(), "the name of a service manager", "this name");
                        }
                        services.put(service.getKey(), SERVICE.read(spec));
                    }
                    return services;
                },
                services -> {
                    JsonMembers members = new JsonMembers();
                    new TreeMap<>(services).forEach((manager, spec) -> members.add(manager, SERVICE.write(spec)));
                    return members.toJson();
                });
    }
}
