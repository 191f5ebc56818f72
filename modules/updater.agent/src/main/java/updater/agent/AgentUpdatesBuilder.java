package updater.agent;

import java.net.ProxySelector;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import updater.agent.connection.Network;
import updater.agent.download.DownloadLimits;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Spread;
import updater.agent.schedule.Ticker;

/** The making of {@link AgentUpdates}. Every choice has a default but home, name and version. */
public final class AgentUpdatesBuilder {
    private final Path home;
    private final String packageName;
    private final String runningVersion;
    private HandOver handOver = HandOver.LAUNCH;
    private StatusListener listener = statuses -> {};
    private OfferPolicy policy = OfferPolicy.EVERYTHING;
    private Limits limits = Limits.DEFAULT;
    private Spread spread = Spread.NONE;
    private Optional<ReleaseTrust> trust = Optional.empty();
    private Optional<ProxySelector> proxy = Optional.empty();
    private Optional<SSLContext> sslContext = Optional.empty();
    private Backoff backoff = DownloadLimits.BACKOFF;
    private Ticker ticker = Ticker.system();
    private RandomGenerator random = new SecureRandom();

    AgentUpdatesBuilder(Path home, String packageName, String runningVersion) {
        this.home = home.toAbsolutePath().normalize();
        this.packageName = packageName;
        this.runningVersion = runningVersion;
    }

    /** Sets how bundles get to the updater; {@link HandOver#LAUNCH} unless set. */
    public AgentUpdatesBuilder handOver(HandOver how) {
        handOver = how;
        return this;
    }

    /** Sets who gets the statuses. */
    public AgentUpdatesBuilder listener(StatusListener receiver) {
        listener = receiver;
        return this;
    }

    /** Sets which offers are taken; every one unless set. */
    public AgentUpdatesBuilder policy(OfferPolicy decision) {
        policy = decision;
        return this;
    }

    /** Sets how much and how long an update may take; {@link Limits#DEFAULT} unless set. */
    public AgentUpdatesBuilder limits(Limits most) {
        limits = most;
        return this;
    }

    /**
     * Sets over which time the agents of the fleet begin a download, unless the offer says so in its header {@link
     * Spread#HEADER}. At once unless set.
     */
    public AgentUpdatesBuilder spread(Duration length) {
        spread = new Spread(length);
        return this;
    }

    /** Sets whom to believe that a release is the vendor's. Unless set, the updater alone decides. */
    public AgentUpdatesBuilder trust(ReleaseTrust believed) {
        trust = Optional.of(believed);
        return this;
    }

    /** Sets the proxy of downloads; that of the system properties unless set. */
    public AgentUpdatesBuilder proxy(ProxySelector selector) {
        proxy = Optional.of(selector);
        return this;
    }

    /** Sets which servers downloads trust, and the client's certificate; the JDK's own choice unless set. */
    public AgentUpdatesBuilder sslContext(SSLContext context) {
        sslContext = Optional.of(context);
        return this;
    }

    /** Sets clock, chance and the wait between attempts: for tests. */
    AgentUpdatesBuilder world(Ticker clock, RandomGenerator chance, Backoff wait) {
        ticker = clock;
        random = chance;
        backoff = wait;
        return this;
    }

    /** Returns the updates of the agent. Nothing is read or written before {@link AgentUpdates#started}. */
    public AgentUpdates build() {
        return new AgentUpdates(new Settings(
                new Settings.Agent(home, packageName, runningVersion),
                handOver,
                listener,
                new Settings.Terms(policy, trust, limits),
                new Settings.Timing(spread, backoff, ticker, random),
                new Network(proxy, sslContext)));
    }
}
