package updater.service.windows;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The time when a service starts, in the words of {@code sc.exe} and of service definitions. */
enum StartMode {
    BOOT(0, false),
    SYSTEM(1, false),
    AUTO(2, false),
    /** Automatically, two minutes after the others. */
    DELAYED(2, true),
    DEMAND(3, false),
    DISABLED(4, false);

    private final int number;
    private final boolean delayed;

    StartMode(int number, boolean delayed) {
        this.number = number;
        this.delayed = delayed;
    }

    /** Returns {@code dwStartType}. */
    int number() {
        return number;
    }

    boolean delayed() {
        return delayed;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<StartMode> ofWord(String word) {
        return Stream.of(values()).filter(mode -> mode.word().equals(word)).findFirst();
    }

    /** A service that is not started automatically may still carry the mark for a delayed start; it means nothing there. */
    static StartMode of(int number, boolean delayed) {
        for (StartMode mode : values()) {
            if (mode.number == number && mode.delayed == (delayed && number == AUTO.number)) {
                return mode;
            }
        }
        throw new IllegalArgumentException("unknown start type " + number);
    }
}
