package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.release.TrustState;
import updater.transaction.context.TrustFile;

/** The command by which an operator lets the next update install a release that is older than what was installed. */
record AllowDowngradeCommand(Arguments line, Host host) {
    /**
     * Allows it, until an update was committed. Idempotent; durable.
     *
     * @return what to print
     * @throws UpdateFailure.Busy when an updater is at work
     */
    String run() throws UpdateFailure {
        return new StateLock(line, host).holding((disk, layout) -> allow(new TrustFile(disk, layout)));
    }

    private String allow(TrustFile trust) throws UpdateFailure, IOException {
        if (Files.exists(trust.layout().journal(), LinkOption.NOFOLLOW_LINKS)) {
            // Its end writes anew what is remembered.
            throw new UpdateFailure.Refused(
                    RefusalCode.UPDATE_UNFINISHED, "an update is unfinished", "Run 'updater recover' first");
        }
        String version = line.subject().orElseThrow();
        TrustState remembered = trust.read();
        TrustState allowing;
        try {
            allowing = remembered.allowingDowngrade(version);
        } catch (IllegalArgumentException e) {
            throw new UpdateFailure.Usage(
                    "'" + version + "' is no version of a release: " + e.getMessage(),
                    "Give it as it is in the release's statement");
        }
        trust.keep(allowing);
        return "the next update may install " + version + ", once; the highest counter stays " + remembered.counter()
                + ", and nothing below the floor " + remembered.floor() + " is installed\n";
    }
}
