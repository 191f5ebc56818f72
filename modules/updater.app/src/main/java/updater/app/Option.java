package updater.app;

import java.util.List;
import java.util.stream.Stream;
import updater.api.service.Guard;

/** An option of the command line. */
enum Option {
    HOME("--home", true),
    PRODUCT("--product", true),
    SERVICE_MANAGER("--service-manager", true),
    JSON("--json", false),
    VERBOSE("--verbose", false),
    GIVE_UP("--give-up", false),
    /** Given by the guard. */
    AT_BOOT(Guard.AT_BOOT, false),
    PRINT("--print", false),
    REASON("--reason", true),
    UNTIL("--until", true),
    RELEASE("--release", true),
    OFFERED_VERSION("--version", true),
    /** Read by the launcher, which then runs from there. */
    FROM("--from", true),
    /** Given by {@code apply} to the updater that it becomes: no option for people. */
    TAKE("--take", true),
    TAKE_VERSION("--take-version", true),
    /** As well. */
    REQUESTED("--requested", false),
    /** Given by the trigger. */
    REQUEST("--request", false);

    private final String text;
    private final boolean hasValue;

    Option(String text, boolean hasValue) {
        this.text = text;
        this.hasValue = hasValue;
    }

    /** Returns it as it is given. */
    String text() {
        return text;
    }

    boolean hasValue() {
        return hasValue;
    }

    /** Returns those that people give. */
    static List<Option> forPeople() {
        return Stream.of(values())
                .filter(option -> switch (option) {
                    case TAKE, TAKE_VERSION, REQUESTED, AT_BOOT -> false;
                    default -> true;
                })
                .toList();
    }
}
