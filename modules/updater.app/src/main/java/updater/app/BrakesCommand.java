package updater.app;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.fs.Disk;
import updater.state.document.Hold;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.HoldFile;

/**
 * The commands by which an operator holds updates back, allows them again, and lets bundles be tried again that have failed.
 * The agent is not touched.
 */
record BrakesCommand(Arguments line, Host host) {
    /**
     * Does it. Idempotent; durable.
     *
     * @return what to print
     * @throws UpdateFailure.Busy when an updater is at work
     */
    String run() throws UpdateFailure {
        return new StateLock(line, host).holding(this::done);
    }

    private String done(Disk disk, HomeLayout layout) throws UpdateFailure, IOException {
        HoldFile file = new HoldFile(disk, layout);
        return switch (line.command()) {
            case HOLD -> hold(file);
            case UNHOLD -> file.release() ? "updates are allowed again\n" : "updates were not held back\n";
            default -> forgiven(new HistoryFile(disk, layout).forgive());
        };
    }

    private static String forgiven(HistoryFile.Forgiven forgiven) {
        List<String> all = new ArrayList<>();
        if (forgiven.failed() > 0) {
            all.add(updates(forgiven.failed()) + " failed");
        }
        if (forgiven.takenBack() > 0) {
            all.add(updates(forgiven.takenBack()) + (forgiven.takenBack() == 1 ? " was" : " were") + " taken back");
        }
        return all.isEmpty()
                ? "no bundle is refused for having failed, or for having been taken back\n"
                : "every bundle may be tried again: " + String.join(", ", all)
                        + ", and that is held against none of them any more\n";
    }

    private static String updates(int number) {
        return number + (number == 1 ? " update" : " updates");
    }

    private String hold(HoldFile file) throws UpdateFailure, IOException {
        Arguments.Holding asked = line.hold().orElseThrow();
        Instant now = host.clock().now();
        Optional<Instant> until = asked.until();
        if (until.isPresent() && !until.get().isAfter(now)) {
            throw new UpdateFailure.Usage(
                    "--until is over: " + until.get() + ", and it is " + now, "Give a time to come, in UTC");
        }
        Hold hold = new Hold(now, until, asked.reason());
        file.hold(hold);
        return "updates are held back " + hold.text() + "\n";
    }
}
