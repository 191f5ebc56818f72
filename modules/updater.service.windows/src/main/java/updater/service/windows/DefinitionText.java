package updater.service.windows;

import java.util.ArrayList;
import java.util.List;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.FailureActions;

/** A service's definition as one line of text, written for the journal, and read back from it. */
final class DefinitionText {
    private DefinitionText() {}

    static String write(ServiceDefinition definition) {
        Config config = definition.config();
        FailureActions failure = definition.failureActions();
        return JsonText.ascii(new JsonMembers()
                .add("type", config.type())
                .add("start", config.startType())
                .add("delayed", definition.delayed())
                .add("error-control", config.errorControl())
                .add("command", config.binaryPath())
                .add("group", config.group())
                .add("tag", config.tag())
                .addTexts("dependencies", config.dependencies())
                .add("account", config.account())
                .add("display-name", config.displayName())
                .add("description", definition.description())
                .add("reset-seconds", failure.resetSeconds())
                .add("reboot-message", failure.rebootMessage())
                .add("failure-command", failure.command())
                .add("actions", actions(failure.actions()))
                .add("actions-on-error", definition.actionsOnError())
                .toJson());
    }

    private static Json actions(List<Action> actions) {
        return new Json.Elements(actions.stream()
                .<Json>map(action ->
                        new Json.Elements(List.of(Json.number(action.type()), Json.number(action.delayMillis()))))
                .toList());
    }

    static ServiceDefinition read(String text) throws JsonShapeException {
        JsonNode node = JsonNode.root(JsonText.parse(text, JsonText.Strictness.NARROW));
        Config config = new Config(
                node.member("type").smallNumber(),
                node.member("start").smallNumber(),
                node.member("error-control").smallNumber(),
                node.member("command").text(),
                node.member("group").text(),
                node.member("tag").smallNumber(),
                node.member("dependencies").texts(),
                node.member("account").text(),
                node.member("display-name").text());
        FailureActions failure = new FailureActions(
                node.member("reset-seconds").smallNumber(),
                node.member("reboot-message").text(),
                node.member("failure-command").text(),
                actions(node.member("actions")));
        return new ServiceDefinition(
                config,
                node.member("delayed").bool(),
                node.member("description").text(),
                failure,
                node.member("actions-on-error").bool());
    }

    private static List<Action> actions(JsonNode node) throws JsonShapeException {
        List<Action> actions = new ArrayList<>();
        for (JsonNode action : node.elements()) {
            List<JsonNode> pair = action.elements();
            if (pair.size() != 2) {
                throw action.expected("a type and a delay");
            }
            actions.add(new Action(pair.get(0).smallNumber(), pair.get(1).smallNumber()));
        }
        return actions;
    }
}
