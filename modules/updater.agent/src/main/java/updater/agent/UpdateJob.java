package updater.agent;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import updater.agent.connection.Connections;
import updater.agent.download.Download;
import updater.agent.download.DownloadFailure;
import updater.agent.download.DownloadSource;
import updater.agent.install.InstallFailure;
import updater.agent.install.LaunchedUpdater;
import updater.agent.install.Trees;
import updater.agent.install.Unpacking;
import updater.agent.install.UpdateRequest;
import updater.agent.install.UpdaterReason;
import updater.agent.schedule.Spread;
import updater.agent.schedule.Ticker;

/**
 * One update from the offer to the moment at which the updater stops this agent, in a thread of its own: wait for the turn,
 * download, verify, hand over, and watch what the updater does.
 *
 * <p>It is cancelled by interrupting its thread. From the hand-over on it is not cancelled any more: the updater is at work.
 */
final class UpdateJob implements Runnable {
    private static final System.Logger LOG = System.getLogger(UpdateJob.class.getName());
    private static final Duration GLANCE = Duration.ofSeconds(1);

    /** Root's updater writes its report first, and its answer right after; one that has died wrote no answer. */
    private static final int GLANCES_AFTER_REPORT = 5;

    private final Settings settings;
    private final AgentUpdates updates;
    private final OfferFile.Taken taken;
    private final Spread spread;
    private final Thread thread;
    private final @Nullable UpdateJob before;
    private final Optional<Instant> handedOver;

    private UpdateJob(
            Settings settings,
            AgentUpdates updates,
            OfferFile.Taken taken,
            Spread spread,
            @Nullable UpdateJob before,
            Optional<Instant> handedOver) {
        this.settings = settings;
        this.updates = updates;
        this.taken = taken;
        this.spread = spread;
        this.before = before;
        this.handedOver = handedOver;
        this.thread = new Thread(this, "agent-updates");
        thread.setDaemon(true);
    }

    /**
     * Returns an update from its download on.
     *
     * @param spread how long the wait for the turn may be
     * @param before a cancelled one, whose end is awaited first
     */
    static UpdateJob download(
            Settings settings, AgentUpdates updates, OfferFile.Taken taken, Spread spread, @Nullable UpdateJob before) {
        return new UpdateJob(settings, updates, taken, spread, before, Optional.empty());
    }

    /**
     * Returns an update that another process of this version has handed over to the updater.
     *
     * @param when it has, by the host's clock
     */
    static UpdateJob handedOver(Settings settings, AgentUpdates updates, OfferFile.Taken taken, Instant when) {
        return new UpdateJob(settings, updates, taken, settings.timing().spread(), null, Optional.of(when));
    }

    OfferedPackage offered() {
        return taken.offered();
    }

    void start() {
        thread.start();
    }

    /** Asks it to end. What was downloaded stays. */
    void cancel() {
        thread.interrupt();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    @Override
    public void run() {
        try {
            if (before != null) {
                before.join();
            }
            if (handedOver.isPresent()) {
                goOnWaiting(handedOver.get());
            } else {
                update();
            }
        } catch (InterruptedException | ClosedByInterruptException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "the update to {0} was left",
                    offered().version());
        } catch (DownloadFailure | InstallFailure e) {
            updates.failed(this, taken, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            updates.failed(this, taken, "the file cannot be downloaded or handed over: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "internal error", e);
            updates.failed(this, taken, "internal error of the agent: " + e);
        }
    }

    private void update() throws IOException, DownloadFailure, InstallFailure, InterruptedException {
        Duration wait =
                spread.remaining(taken.begin(), settings.timing().ticker().now());
        if (!wait.isZero()) {
            LOG.log(System.Logger.Level.INFO, "the download begins in {0} s", wait.toSeconds());
            settings.timing().ticker().pause(wait);
        }
        Path bundle = download();
        if (settings.terms().trust().isPresent()) {
            settings.terms()
                    .trust()
                    .get()
                    .verify(
                            bundle,
                            Files.size(bundle),
                            offered().contentHash().hex(),
                            offered().signature(),
                            settings.timing().ticker().now());
        }
        switch (settings.handOver()) {
            case LAUNCH -> launch(bundle);
            case REQUEST -> request(bundle);
        }
    }

    private Path download() throws IOException, DownloadFailure, InterruptedException {
        List<Map.Entry<String, String>> headers = offered().headers().stream()
                .filter(header -> !header.name().equalsIgnoreCase(Spread.HEADER))
                .map(header -> Map.entry(header.name(), header.value()))
                .toList();
        OptionalLong size = ReleaseTrust.claimedSize(offered().signature());
        DownloadSource source = new DownloadSource(
                offered().file(), headers, offered().contentHash().hex(), size);
        try (Connections connections = new Connections("agent-download", settings.network())) {
            HttpClient client = connections.client();
            return new Download(
                            client,
                            settings.downloadLimits(),
                            settings.timing().ticker(),
                            settings.timing().random())
                    .fetch(
                            source,
                            settings.downloads(),
                            (bytes, total, rate) ->
                                    updates.downloading(this, new DownloadProgress(bytes, total, rate)));
        }
    }

    private void launch(Path bundle) throws IOException, InstallFailure, InterruptedException {
        Optional<byte[]> statement = offered().signature().isEmpty()
                ? Optional.empty()
                : Optional.of(offered().signature().bytes());
        Unpacking.unpack(bundle, settings.staged(), statement);
        if (!updates.beginInstalling(this)) {
            Trees.remove(settings.staged());
            return;
        }
        Files.deleteIfExists(bundle);
        Instant since = settings.timing().ticker().now();
        LaunchedUpdater updater = LaunchedUpdater.start(settings.agent().home(), settings.staged());
        LOG.log(
                System.Logger.Level.INFO,
                "started the updater of {0}",
                offered().version());
        OptionalInt exit = updater.await(settings.terms().limits().launch());
        if (exit.isEmpty()) {
            updater.kill();
            throw new InstallFailure("the updater did not stop the agent within "
                    + settings.terms().limits().launch().toSeconds() + " s, and was killed");
        }
        Optional<String> reason = UpdaterReason.inReport(
                        settings.agent().home(), offered().version(), since)
                .or(() -> UpdaterReason.onConsole(updater));
        throw new InstallFailure(reason.orElse("the updater ended without a word") + " (exit " + exit.getAsInt() + ")");
    }

    private void request(Path bundle) throws IOException, InstallFailure, InterruptedException {
        UpdateRequest request = new UpdateRequest(settings.agent().home());
        request.prepare(offered().version());
        if (!updates.beginInstalling(this)) {
            request.withdraw();
            return;
        }
        request.leave(bundle, offered().signature().bytes());
        awaitAnswer(settings.timing().ticker().now(), settings.terms().limits().answer());
    }

    /** The updater that another process has launched is not this one's child: it is watched by what it writes. */
    private void goOnWaiting(Instant since) throws IOException, InstallFailure, InterruptedException {
        Duration patience = settings.handOver() == HandOver.LAUNCH
                ? settings.terms().limits().launch()
                : settings.terms().limits().answer();
        Duration passed = Duration.between(since, settings.timing().ticker().now());
        UpdateRequest request = new UpdateRequest(settings.agent().home());
        if (request.isPrepared()) {
            request.leave(
                    Download.file(settings.downloads(), offered().contentHash().hex()),
                    offered().signature().bytes());
        }
        LOG.log(
                System.Logger.Level.INFO,
                "goes on waiting for the updater of {0}",
                offered().version());
        // A clock that was set back, or far ahead, neither makes the wait longer nor ends it before one look.
        awaitAnswer(since, passed.isNegative() ? patience : patience.minus(passed));
    }

    /** Ends when the updater has answered in the status file; it stops this agent otherwise. */
    private void awaitAnswer(Instant since, Duration patience)
            throws IOException, InstallFailure, InterruptedException {
        UpdateRequest request = new UpdateRequest(settings.agent().home());
        Ticker ticker = settings.timing().ticker();
        long begin = ticker.nanos();
        int withReport = 0;
        do {
            ticker.pause(GLANCE);
            if (updates.answered(this)) {
                return;
            }
            Optional<String> reason = request.waits()
                    ? Optional.empty()
                    : UpdaterReason.inReport(settings.agent().home(), offered().version(), since);
            if (reason.isPresent() && ++withReport > GLANCES_AFTER_REPORT) {
                throw new InstallFailure(reason.get());
            }
        } while (ticker.nanos() - begin < patience.toNanos());
        throw new InstallFailure(silence(request.withdraw()));
    }

    private String silence(boolean requestWaited) {
        if (settings.handOver() == HandOver.LAUNCH) {
            return "the agent was started again in the middle of the update, and no updater has stopped it within "
                    + settings.terms().limits().launch().toSeconds() + " s";
        }
        long minutes = settings.terms().limits().answer().toMinutes();
        return requestWaited
                ? "no updater has taken the request within " + minutes + " minutes; run 'updater enroll' as root"
                : "the updater has taken the request, and neither stopped the agent nor answered within " + minutes
                        + " minutes; see 'updater status'";
    }
}
