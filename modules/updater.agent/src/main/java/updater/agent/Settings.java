package updater.agent;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import updater.agent.connection.Network;
import updater.agent.download.DownloadLimits;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Spread;
import updater.agent.schedule.Ticker;

/**
 * Everything an agent has decided about its updates.
 *
 * @param handOver how bundles get to the updater
 * @param listener who gets the statuses
 */
record Settings(Agent agent, HandOver handOver, StatusListener listener, Terms terms, Timing timing, Network network) {
    /**
     * The agent that is updated.
     *
     * @param home its installation directory
     * @param packageName the package that it is
     */
    record Agent(Path home, String packageName, String runningVersion) {}

    /**
     * Which offers are taken.
     *
     * @param policy the agent's decision
     * @param trust whom to believe that a release is the vendor's; empty where the updater alone decides
     * @param limits how much and how long an update may take
     */
    record Terms(OfferPolicy policy, Optional<ReleaseTrust> trust, Limits limits) {}

    /**
     * When things are done.
     *
     * @param spread over which time the agents of the fleet begin a download
     * @param backoff the wait between attempts
     */
    record Timing(Spread spread, Backoff backoff, Ticker ticker, RandomGenerator random) {}

    /** The wait before a package that has failed is tried again, where the server insists. */
    static final Backoff AGAIN = new Backoff(Duration.ofMinutes(1), Duration.ofHours(1));

    Path downloads() {
        return agent.home().resolve("tmp").resolve("download");
    }

    Path staged() {
        return agent.home().resolve("tmp").resolve("latest");
    }

    DownloadLimits downloadLimits() {
        Limits limits = terms.limits();
        return new DownloadLimits(
                limits.bundleBytes(), limits.stall(), limits.attempts(), limits.download(), timing.backoff());
    }

    /** Returns why what is offered is not taken, for the server; empty when it is. */
    Optional<String> refusal(OfferedPackage offered) {
        if (offered.contentHash().bytes().length != 32) {
            return Optional.of("the offer has no SHA-256 of its file");
        }
        if (handOver == HandOver.REQUEST && offered.signature().isEmpty()) {
            return Optional.of("the offer has no signed release statement, and root's updater takes none without");
        }
        return terms.trust()
                .flatMap(believed -> believed.refuseOffer(offered.signature()))
                .or(() -> terms.policy().refuse(offered, agent.runningVersion()));
    }
}
