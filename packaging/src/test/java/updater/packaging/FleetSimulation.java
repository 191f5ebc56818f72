package updater.packaging;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import updater.agent.download.DownloadLimits;
import updater.agent.schedule.Retries;
import updater.agent.schedule.Spread;

/**
 * A fleet that is offered an update at one instant, on a clock that jumps from event to event. When agents begin, and when they
 * come back, the library's own code says; network and server are a model: every download has the same share of the server's
 * bandwidth, and no more than its own link.
 */
final class FleetSimulation {
    /** Any number that agents can have. */
    private static final int ATTEMPTS = 10;

    private static final double SAMPLE_SECONDS = 20;

    /**
     * What is simulated.
     *
     * @param bundle in bytes
     * @param bandwidth of the server, in bytes a second
     * @param link of an agent, in bytes a second
     * @param connections the server turns further ones away, with 503
     * @param spread over which the downloads begin
     * @param cutEvery after so many bytes, on average, a connection is cut
     * @param resume whether a download goes on where it was cut
     */
    record Setting(
            int agents,
            long bundle,
            double bandwidth,
            double link,
            int connections,
            Duration spread,
            double cutEvery,
            boolean resume) {
        /** 10,000 agents, 25 MB, a server with 1 Gbit/s that takes 500 connections, agents with 10 MB/s. */
        static Setting of(Duration spread) {
            return new Setting(10_000, 25_000_000, 125e6, 10e6, 500, spread, 250e6, true);
        }

        Setting withoutResuming() {
            return new Setting(agents, bundle, bandwidth, link, connections, spread, cutEvery, false);
        }

        /** Returns how long the server needs at the least, in seconds. */
        double leastSeconds() {
            return agents * (double) bundle / bandwidth;
        }
    }

    /**
     * What came out.
     *
     * @param peak the most downloads at one time
     * @param refusalsPerSecond the most connections turned away within one second
     * @param refusals all connections turned away
     * @param bytes sent by the server
     * @param median seconds until half of the agents had it
     * @param most seconds until 99 % had it
     * @param failed agents that gave up
     * @param active downloads at a time, every {@link #SAMPLE_SECONDS}
     */
    record Result(
            int peak,
            int refusalsPerSecond,
            long refusals,
            double bytes,
            double median,
            double most,
            int failed,
            List<Integer> active) {}

    private record Event(double at, int agent) {}

    private final Setting setting;
    private final Random random;
    private final PriorityQueue<Event> requests = new PriorityQueue<>((a, b) -> Double.compare(a.at, b.at));

    /** Downloads by the service at which they end: all get the same, so one number says how far all of them are. */
    private final PriorityQueue<Event> downloads = new PriorityQueue<>((a, b) -> Double.compare(a.at, b.at));

    private final Retries[] retries;
    private final double[] got;
    private final double[] segment;
    private final List<Double> done = new ArrayList<>();
    private final List<Integer> active = new ArrayList<>();
    private double now;
    private double service;
    private double bytes;
    private int peak;
    private int failed;
    private long refusals;
    private long second;
    private int refusedInSecond;
    private int mostRefused;

    private FleetSimulation(Setting setting, long seed) {
        this.setting = setting;
        this.random = new Random(seed);
        this.retries = new Retries[setting.agents()];
        this.got = new double[setting.agents()];
        this.segment = new double[setting.agents()];
    }

    static double sampleSeconds() {
        return SAMPLE_SECONDS;
    }

    static Result run(Setting setting, long seed) {
        return new FleetSimulation(setting, seed).run();
    }

    private Result run() {
        Spread spread = new Spread(setting.spread());
        for (int agent = 0; agent < setting.agents(); agent++) {
            retries[agent] = new Retries(DownloadLimits.BACKOFF, ATTEMPTS, random);
            Instant begin = spread.begin(Instant.EPOCH, random);
            requests.add(new Event(seconds(Duration.between(Instant.EPOCH, begin)), agent));
        }
        while (!requests.isEmpty() || !downloads.isEmpty()) {
            double end = downloads.isEmpty()
                    ? Double.POSITIVE_INFINITY
                    : now + (downloads.peek().at() - service) / rate();
            if (!requests.isEmpty() && requests.peek().at() <= end) {
                advance(requests.peek().at());
                request(requests.poll().agent());
            } else {
                advance(end);
                ended(downloads.poll().agent());
            }
        }
        done.sort(null);
        return new Result(
                peak,
                Math.max(mostRefused, refusedInSecond),
                refusals,
                bytes,
                done.isEmpty() ? 0 : done.get(done.size() / 2),
                done.isEmpty() ? 0 : done.get(done.size() * 99 / 100),
                failed,
                active);
    }

    private double rate() {
        return Math.min(setting.link(), setting.bandwidth() / Math.max(1, downloads.size()));
    }

    private void advance(double to) {
        while (active.size() * SAMPLE_SECONDS <= to) {
            active.add(downloads.size());
        }
        service += (to - now) * rate();
        now = to;
    }

    private void request(int agent) {
        if (downloads.size() >= setting.connections()) {
            refused();
            later(agent, true);
            return;
        }
        double cut = -Math.log(1 - random.nextDouble()) * setting.cutEvery();
        segment[agent] = Math.min(setting.bundle() - got[agent], cut);
        downloads.add(new Event(service + segment[agent], agent));
        peak = Math.max(peak, downloads.size());
    }

    private void refused() {
        refusals++;
        if ((long) now != second) {
            second = (long) now;
            mostRefused = Math.max(mostRefused, refusedInSecond);
            refusedInSecond = 0;
        }
        refusedInSecond++;
    }

    private void ended(int agent) {
        bytes += segment[agent];
        got[agent] += segment[agent];
        if (got[agent] >= setting.bundle() - 0.5) {
            done.add(now);
            return;
        }
        if (!setting.resume()) {
            got[agent] = 0;
        }
        retries[agent].progressed();
        later(agent, false);
    }

    private void later(int agent, boolean busy) {
        Optional<Duration> wait = retries[agent].next(busy, Optional.empty());
        if (wait.isEmpty()) {
            failed++;
        } else {
            requests.add(new Event(now + seconds(wait.get()), agent));
        }
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
