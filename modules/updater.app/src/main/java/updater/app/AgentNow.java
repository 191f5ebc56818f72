package updater.app;

import java.util.Locale;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.transaction.context.UpdateContext;

/** What the service manager says now of the agent, whatever the last report says. */
record AgentNow(ServiceState state) {
    /** Asks. Empty where the service manager does not answer. */
    static Optional<AgentNow> of(UpdateContext context) {
        try {
            return Optional.of(new AgentNow(context.service().state()));
        } catch (UpdateFailure e) {
            return Optional.empty();
        }
    }

    /** Returns the line for people. */
    String text() {
        String words = switch (state.activity()) {
            case RUNNING -> state.mainPid() == 0 ? "runs" : "runs, process " + state.mainPid();
            case STARTING -> "is starting";
            case STOPPING -> "is stopping";
            case INACTIVE -> "is NOT RUNNING: it is stopped";
            case FAILED -> "is NOT RUNNING: it has failed";
        };
        return words + (saysMore() ? " (" + state.detail() + ")" : "");
    }

    /** Where a service manager knows no more than that a process runs, its number is in the line already. */
    private boolean saysMore() {
        return !state.detail().isEmpty() && !state.detail().equals("process " + state.mainPid() + " runs");
    }

    /** Returns the same for programs. */
    Json json() {
        JsonMembers members =
                new JsonMembers().add("activity", state.activity().name().toLowerCase(Locale.ROOT));
        if (state.mainPid() != 0) {
            members.add("pid", state.mainPid());
        }
        return members.add("detail", state.detail()).toJson();
    }
}
