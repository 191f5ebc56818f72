package updater.app;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import updater.processes.Processes;

/**
 * The process that holds the lock, as the state directory's file {@code holder} names it.
 *
 * @param pid its process id
 * @param since when it got the lock
 * @param command the command it runs, e.g. {@code update}
 */
record LockHolder(long pid, Instant since, String command) {
    /** Returns what a holder says that runs this command. */
    static String command(Command command) {
        return command.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the one line that is written; {@link #parse} reads it. */
    String text() {
        return pid + " " + since + " " + command + "\n";
    }

    /** Returns what {@code text} says; empty when it is not such a line. */
    static Optional<LockHolder> parse(String text) {
        String[] words = text.strip().split(" ", 3);
        if (words.length != 3) {
            return Optional.empty();
        }
        try {
            return Optional.of(new LockHolder(Long.parseLong(words[0]), Instant.parse(words[1]), words[2]));
        } catch (NumberFormatException | DateTimeException e) {
            return Optional.empty();
        }
    }

    /** What the host says of the processes that say of themselves that they hold the lock. */
    @FunctionalInterface
    interface Look {
        /** Returns whether that very process runs: another one that has its number by now was started later. */
        boolean runs(LockHolder holder);

        /** Returns whether a signal has stopped it. */
        default boolean suspended(LockHolder holder) {
            return false;
        }

        static Look at(Processes processes) {
            return new Look() {
                @Override
                public boolean runs(LockHolder holder) {
                    return processes.startedBy(holder.pid(), holder.since());
                }

                @Override
                public boolean suspended(LockHolder holder) {
                    return processes.suspended(holder.pid());
                }
            };
        }
    }

    /** Returns what lets one that a signal has stopped come to its end. */
    String wakened() {
        return "'kill -CONT " + pid + "' lets it go on; or kill it with 'kill -9 " + pid
                + "': the guard finishes what it has begun";
    }

    /** Returns e.g. {@code process 4711 (update, since 2025-01-01T00:00:00Z)}. */
    String forPeople() {
        return "process " + pid + " (" + command + ", since " + since + ")";
    }
}
