package updater.service.windows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import updater.service.windows.Json.Flag;
import updater.service.windows.Json.Items;
import updater.service.windows.Json.Malformed;
import updater.service.windows.Json.Members;
import updater.service.windows.Json.Text;
import updater.service.windows.Json.Value;
import updater.service.windows.Json.Whole;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.FailureActions;

/** A service's definition as one line of text, written for the journal, and read back from it. */
final class DefinitionText {
    private DefinitionText() {}

    static String write(ServiceDefinition definition) {
        Config config = definition.config();
        FailureActions failure = definition.failureActions();
        Map<String, Value> members = new LinkedHashMap<>();
        members.put("type", new Whole(config.type()));
        members.put("start", new Whole(config.startType()));
        members.put("delayed", new Flag(definition.delayed()));
        members.put("error-control", new Whole(config.errorControl()));
        members.put("command", new Text(config.binaryPath()));
        members.put("group", new Text(config.group()));
        members.put("tag", new Whole(config.tag()));
        members.put("dependencies", texts(config.dependencies()));
        members.put("account", new Text(config.account()));
        members.put("display-name", new Text(config.displayName()));
        members.put("description", new Text(definition.description()));
        members.put("reset-seconds", new Whole(failure.resetSeconds()));
        members.put("reboot-message", new Text(failure.rebootMessage()));
        members.put("failure-command", new Text(failure.command()));
        members.put("actions", actions(failure.actions()));
        members.put("actions-on-error", new Flag(definition.actionsOnError()));
        return Json.write(new Members(members));
    }

    private static Items texts(List<String> texts) {
        return new Items(texts.stream().map(Text::new).map(Value.class::cast).toList());
    }

    private static Items actions(List<Action> actions) {
        return new Items(actions.stream()
                .map(action -> new Items(List.of(new Whole(action.type()), new Whole(action.delayMillis()))))
                .map(Value.class::cast)
                .toList());
    }

    static ServiceDefinition read(String text) throws Malformed {
        JsonObject object = JsonObject.of(Json.read(text), "a definition");
        Config config = new Config(
                object.number("type"),
                object.number("start"),
                object.number("error-control"),
                object.text("command"),
                object.text("group"),
                object.number("tag"),
                dependencies(object),
                object.text("account"),
                object.text("display-name"));
        FailureActions failure = new FailureActions(
                object.number("reset-seconds"),
                object.text("reboot-message"),
                object.text("failure-command"),
                actions(object));
        return new ServiceDefinition(
                config, object.flag("delayed"), object.text("description"), failure, object.flag("actions-on-error"));
    }

    private static List<String> dependencies(JsonObject object) throws Malformed {
        List<String> dependencies = new ArrayList<>();
        for (Value item : object.items("dependencies")) {
            if (!(item instanceof Text(String name))) {
                throw new Malformed("a dependency is not a string");
            }
            dependencies.add(name);
        }
        return dependencies;
    }

    private static List<Action> actions(JsonObject object) throws Malformed {
        List<Action> actions = new ArrayList<>();
        for (Value item : object.items("actions")) {
            if (!(item instanceof Items(List<Value> pair))
                    || pair.size() != 2
                    || !(pair.get(0) instanceof Whole(long type))
                    || !(pair.get(1) instanceof Whole(long delay))) {
                throw new Malformed("an action is not a type and a delay");
            }
            actions.add(new Action((int) type, (int) delay));
        }
        return actions;
    }
}
