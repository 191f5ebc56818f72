package updater.agent;

import java.net.ProxySelector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import updater.agent.download.DownloadLimits;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Spread;
import updater.agent.schedule.Ticker;

/** Everything an agent has decided about its updates. */
record Settings(
        Path home,
        String packageName,
        String runningVersion,
        HandOver handOver,
        StatusListener listener,
        OfferPolicy policy,
        Limits limits,
        Spread spread,
        Optional<ReleaseTrust> trust,
        Optional<ProxySelector> proxy,
        Optional<SSLContext> sslContext,
        Backoff backoff,
        Ticker ticker,
        RandomGenerator random) {

    /** The wait before a package that has failed is tried again, where the server insists. */
    static final Backoff AGAIN = new Backoff(Duration.ofMinutes(1), Duration.ofHours(1));

    Path downloads() {
        return home.resolve("tmp").resolve("download");
    }

    Path staged() {
        return home.resolve("tmp").resolve("latest");
    }

    DownloadLimits downloadLimits() {
        return new DownloadLimits(limits.bundleBytes(), limits.stall(), limits.attempts(), limits.download(), backoff);
    }

    /** Returns why what is offered is not taken, for the server; empty when it is. */
    Optional<String> refusal(OfferedPackage offered) {
        if (offered.contentHash().bytes().length != 32) {
            return Optional.of("the offer has no SHA-256 of its file");
        }
        if (handOver == HandOver.REQUEST && offered.signature().isEmpty()) {
            return Optional.of("the offer has no signed release statement, and root's updater takes none without");
        }
        return trust.flatMap(believed -> believed.refuseOffer(offered.signature()))
                .or(() -> policy.refuse(offered, runningVersion));
    }
}
