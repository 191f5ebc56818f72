package updater.app;

import java.util.List;
import java.util.stream.Stream;

/** What the operator, the agent or the guard can ask the updater to do. */
enum Command {
    UPDATE("update"),
    APPLY("apply"),
    RECOVER("recover"),
    ROLLBACK("rollback"),
    STATUS("status"),
    DOCTOR("doctor"),
    PLAN("plan"),
    HISTORY("history"),
    METRICS("metrics"),
    HOLD("hold"),
    UNHOLD("unhold"),
    RETRY("retry"),
    ALLOW_DOWNGRADE("allow-downgrade"),
    JOURNAL("journal"),
    ENROLL("enroll"),
    PURGE("purge"),
    COMPLETION("completion"),
    VERSION("--version"),
    HELP("--help");

    private final String word;

    Command(String word) {
        this.word = word;
    }

    /** Returns it as it is given; nothing stands for an update. */
    String word() {
        return word;
    }

    /** Returns those that are words on the command line. */
    static List<Command> words() {
        return Stream.of(values())
                .filter(command -> command != UPDATE && command != VERSION && command != HELP)
                .toList();
    }

    /** Returns whether the next word is what the command is about. */
    boolean takesSubject() {
        return this == APPLY || this == PLAN || this == ALLOW_DOWNGRADE || this == COMPLETION;
    }

    boolean goesWith(Option option) {
        return this == HELP
                ? isHelped(option)
                : switch (option) {
                    case HOME, SERVICE_MANAGER -> this != VERSION && this != COMPLETION;
                    case PRODUCT -> this != COMPLETION;
                    case REASON, UNTIL -> this == HOLD;
                    case JSON ->
                        switch (this) {
                            case METRICS, COMPLETION, VERSION -> false;
                            default -> true;
                        };
                    case VERBOSE -> this == STATUS || this == PLAN;
                    case RELEASE, OFFERED_VERSION -> this == APPLY || this == PLAN;
                    case REQUEST -> this == APPLY;
                    case FROM -> this == ENROLL;
                    case TAKE, TAKE_VERSION, REQUESTED -> this == UPDATE || this == VERSION;
                    case GIVE_UP, AT_BOOT -> this == RECOVER;
                    case PRINT -> this == JOURNAL;
                };
    }

    private static boolean isHelped(Option option) {
        return switch (option) {
            case TAKE, TAKE_VERSION, REQUESTED -> false;
            default -> true;
        };
    }
}
