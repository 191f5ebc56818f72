package updater.app;

import java.io.IOException;
import java.time.Instant;
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
            default -> {
                int failures = new HistoryFile(disk, layout).forgive();
                yield failures == 0
                        ? "no bundle is refused for having failed\n"
                        : "bundles that have failed may be tried again; " + failures
                                + " failed updates are held against none of them\n";
            }
        };
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
