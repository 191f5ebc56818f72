package updater.service.windows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.conformance.ManualTicker;
import updater.service.windows.FakeService.Script;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.ConfigChange;
import updater.service.windows.ServiceControl.FailureActions;
import updater.service.windows.ServiceControl.Handle;
import updater.service.windows.ServiceControl.RunState;
import updater.service.windows.ServiceControl.Status;

/**
 * A script of calls of the service manager, in the language of {@code scenario.c}, run against the fake through the calls
 * that the provider makes.
 */
final class ManagerScript {
    private static final int DELETE = 0x10000;

    private final ManualTicker clock = new ManualTicker();
    private final FakeServiceControl control = new FakeServiceControl(clock);
    private final Map<String, Handle> handles = new HashMap<>();
    private final Map<String, Integer> rights = new HashMap<>();
    private final Handle manager;

    ManagerScript() throws Win32Failure {
        manager = control.openManager(ServiceControl.MANAGER_CONNECT);
    }

    static List<String> run(List<String> lines) throws Win32Failure {
        ManagerScript script = new ManagerScript();
        List<String> transcript = new ArrayList<>();
        for (String line : lines) {
            transcript.add(line + ":" + script.answer(line));
            // Between two calls of a program passes a little time.
            script.clock.pass(Duration.ofMillis(1));
        }
        return transcript;
    }

    private String answer(String line) {
        List<String> words = List.of(line.split(" "));
        String text = line.split(" ", 3).length > 2 ? line.split(" ", 3)[2] : "";
        try {
            return run(words, words.get(1), text) + " ok";
        } catch (Win32Failure e) {
            return " error " + e.code();
        }
    }

    private String run(List<String> words, String name, String text) throws Win32Failure {
        Handle handle = handles.getOrDefault(name, manager);
        switch (words.getFirst()) {
            case "install" -> install(words, name);
            case "open" -> open(name, words.subList(2, words.size()));
            case "another" -> control.openService(manager, name, access(words.subList(2, words.size())));
            case "delete" -> delete(name);
            case "start" -> control.start(handle);
            case "stop" -> control.control(handle, ServiceControl.CONTROL_STOP);
            case "crash" -> control.service(name).crash();
            case "await" -> {
                return await(handle, RunState.valueOf(text));
            }
            case "set-start" -> {
                int number = StartMode.ofWord(text).orElseThrow().number();
                control.changeConfig(handle, change(Optional.of(number), Optional.empty(), Optional.empty()));
            }
            case "set-command" ->
                control.changeConfig(handle, change(Optional.empty(), Optional.of(text), Optional.empty()));
            case "set-display" ->
                control.changeConfig(handle, change(Optional.empty(), Optional.empty(), Optional.of(text)));
            case "set-description" -> control.changeDescription(handle, text);
            case "set-delayed" -> control.changeDelayedAutoStart(handle, text.equals("yes"));
            case "set-flag" -> control.changeFailureActionsFlag(handle, text.equals("yes"));
            case "set-actions" -> control.changeFailureActions(handle, actions(words));
            default -> {
                return " " + show(words.getFirst(), handle);
            }
        }
        return "";
    }

    private String show(String verb, Handle handle) throws Win32Failure {
        return switch (verb) {
            case "status" -> describe(control.queryStatus(handle));
            case "dependents" -> String.join(" ", control.activeDependents(handle));
            case "configuration" -> describe(control.queryConfig(handle));
            case "description" -> control.queryDescription(handle);
            case "delayed" -> control.queryDelayedAutoStart(handle) ? "yes" : "no";
            case "flag" -> control.queryFailureActionsFlag(handle) ? "yes" : "no";
            case "actions" -> describe(control.queryFailureActions(handle));
            default -> throw new IllegalArgumentException(verb);
        };
    }

    private void install(List<String> words, String name) throws Win32Failure {
        if (control.services().stream().anyMatch(service -> service.name.equals(name))) {
            throw new Win32Failure("CreateService", 1073);
        }
        FakeService service =
                control.install(name, "…", words.subList(3, words.size()).toArray(String[]::new));
        service.config = new Config(
                0x10, StartMode.DEMAND.number(), 1, "…", "", 0, words.subList(3, words.size()), "LocalSystem", name);
        service.script = script(words.get(2));
    }

    private static Script script(String name) {
        Script slow = Script.WELL.checkPointEvery(Duration.ofMillis(500));
        return switch (name) {
            case "well" -> Script.WELL;
            case "slow-stop" -> slow.stopTime(Duration.ofSeconds(2));
            case "slow-start" -> slow.startTime(Duration.ofSeconds(2));
            case "mute" -> Script.WELL.withoutDispatcher();
            case "missing" -> Script.WELL.withoutProgram();
            case "refuses" -> Script.WELL.refusesStop();
            case "dies" -> Script.WELL.ending();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static int access(List<String> rights) {
        return rights.stream()
                .mapToInt(right -> switch (right) {
                    case "query" -> ServiceControl.QUERY_STATUS;
                    case "enumerate" -> ServiceControl.ENUMERATE_DEPENDENTS;
                    case "start" -> ServiceControl.START;
                    case "stop" -> ServiceControl.STOP;
                    case "configuration" -> ServiceControl.QUERY_CONFIG;
                    case "change" -> ServiceControl.CHANGE_CONFIG;
                    case "delete" -> DELETE;
                    default -> throw new IllegalArgumentException(right);
                })
                .reduce(0, (one, other) -> one | other);
    }

    private void open(String name, List<String> words) throws Win32Failure {
        handles.put(name, control.openService(manager, name, access(words)));
        rights.put(name, access(words));
    }

    /** Not among the calls of the provider, which never deletes a service. */
    private void delete(String name) throws Win32Failure {
        FakeService service = control.service(name);
        if ((rights.getOrDefault(name, 0) & DELETE) == 0) {
            throw new Win32Failure("DeleteService", ErrorCode.ACCESS_DENIED.code());
        }
        if (service.markedForDelete) {
            throw new Win32Failure("DeleteService", ErrorCode.SERVICE_MARKED_FOR_DELETE.code());
        }
        service.markedForDelete = true;
    }

    private String await(Handle handle, RunState wanted) throws Win32Failure {
        RunState state = control.queryStatus(handle).state();
        for (int look = 0; look < 160 && state != wanted; look++) {
            clock.pause(Duration.ofMillis(50));
            state = control.queryStatus(handle).state();
        }
        return state == wanted ? "" : " (still " + state + ")";
    }

    private static ConfigChange change(Optional<Integer> start, Optional<String> command, Optional<String> display) {
        return new ConfigChange(
                Optional.empty(),
                start,
                Optional.empty(),
                command,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                display);
    }

    private static FailureActions actions(List<String> words) {
        List<Action> actions = words.subList(3, words.size()).stream()
                .map(delay -> new Action(1, Integer.parseInt(delay)))
                .toList();
        return new FailureActions(Integer.parseInt(words.get(2)), "", "", actions);
    }

    private static String describe(Status status) {
        return status.state() + " exit " + status.win32Exit() + " "
                + (status.processId() != 0 ? "with a process" : "without a process") + ", "
                + (status.checkPoint() != 0 ? "with a checkpoint" : "without a checkpoint") + ", stop "
                + ((status.controls() & 1) != 0 ? "accepted" : "not accepted");
    }

    private static String describe(Config config) {
        StringBuilder text = new StringBuilder("type " + config.type() + " start " + config.startType() + " error "
                + config.errorControl() + " command " + config.binaryPath() + " group " + config.group() + " tag "
                + config.tag() + " account " + config.account() + " display " + config.displayName()
                + " dependencies");
        config.dependencies().forEach(name -> text.append(' ').append(name));
        return text.toString();
    }

    private static String describe(FailureActions actions) {
        StringBuilder text = new StringBuilder("reset " + actions.resetSeconds());
        actions.actions()
                .forEach(action -> text.append(", " + action.type() + " after " + action.delayMillis() + " ms"));
        return text.toString();
    }

    /** The names of all scenarios. */
    static List<String> names() {
        return Arrays.asList(
                "configuration",
                "crash",
                "delayed-start",
                "dependents",
                "dies",
                "disabled",
                "failure-actions",
                "least-rights",
                "life",
                "marked-for-delete",
                "missing-program",
                "mute",
                "not-installed",
                "refuses-stop",
                "slow-start",
                "slow-stop");
    }
}
