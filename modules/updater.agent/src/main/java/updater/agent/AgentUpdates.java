package updater.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.agent.download.Download;
import updater.agent.install.Trees;
import updater.agent.install.UpdateRequest;
import updater.agent.schedule.Spread;

/**
 * The updates of one agent: takes offers, and says how they went.
 *
 * <p>The agent makes one with {@link #builder}, calls {@link #started} once when it is up, hands over every {@link Offer} of
 * its server, and tells its server what the {@link StatusListener} gets. Everything else, from the download to the launch of
 * the updater and the report after the restart, happens here.
 *
 * <p>Statuses are on disk before they are told. The agent may be killed at any point: the next one goes on with a download
 * where it was, or drops it, and never believes a file that it has not read to its end. One thread works while an update is
 * under way, with two for its connections; without an update there is none.
 *
 * <p>Safe for use by several threads.
 */
public final class AgentUpdates implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AgentUpdates.class.getName());

    private final Settings settings;
    private final StatusFile file;
    private final OfferFile offers;
    private final Restart restart;
    private @Nullable PackageStatuses statuses;
    private @Nullable UpdateJob job;
    private @Nullable UpdateJob left;
    private boolean installing;
    private boolean closed;

    AgentUpdates(Settings settings) {
        this.settings = settings;
        this.file = new StatusFile(settings.agent().home());
        this.offers = new OfferFile(settings.downloads());
        this.restart = new Restart(settings, file);
    }

    /**
     * Returns a builder.
     *
     * @param home the agent's installation directory, which the updater updates
     * @param packageName the name under which the server offers the agent itself
     * @param runningVersion the version of the agent that calls this
     */
    public static AgentUpdatesBuilder builder(Path home, String packageName, String runningVersion) {
        return new AgentUpdatesBuilder(home, packageName, runningVersion);
    }

    /**
     * Says that this agent is up and does what it is for: if it is a new version, the update is complete with this. Goes on
     * with a download that its predecessor has begun, and goes on waiting for an updater that has not stopped this version.
     *
     * @return what is to be told to the server first
     * @throws IOException when the status file cannot be read or written
     */
    public synchronized PackageStatuses started() throws IOException {
        if (statuses != null) {
            throw new IllegalStateException("this agent has started already");
        }
        Optional<OfferFile.Taken> taken = offers.read();
        PackageStatuses first = restart.first(taken);
        if (!file.says(first)) {
            file.write(first);
        }
        statuses = first;
        PackageStatus now = own(first);
        if (now.status() == InstallStatus.INSTALL_PENDING && taken.isPresent()) {
            begin(UpdateJob.download(
                    settings, this, taken.get(), spread(taken.get().offered()), left));
        } else if (now.status() == InstallStatus.INSTALLING && taken.isPresent()) {
            installing = true;
            begin(UpdateJob.handedOver(settings, this, taken.get(), file.writtenAt()));
        } else {
            clear(now, taken);
        }
        return first;
    }

    /** Removes what earlier updates have left. A package that has failed is remembered, and tried less and less often. */
    private void clear(PackageStatus own, Optional<OfferFile.Taken> taken) {
        try {
            new UpdateRequest(settings.agent().home()).withdraw();
            Trees.remove(settings.staged());
            if (own.status() == InstallStatus.INSTALL_FAILED && taken.isPresent()) {
                Download.discard(settings.downloads());
                failedOnceMore(taken.get());
            } else {
                Trees.remove(settings.downloads());
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot remove what an earlier update has left: {0}", e.getMessage());
        }
    }

    private void failedOnceMore(OfferFile.Taken taken) throws IOException {
        offers.write(new OfferFile.Taken(taken.offered(), taken.begin(), taken.tries() + 1));
    }

    /**
     * Takes an offer up, or says why not. Returns at once; what follows is told to the listener.
     *
     * <p>An offer of what runs already, or of what is being downloaded, changes nothing. A newer one replaces a download.
     * While the updater is at work no offer is taken, and its hash is not shown to the server, which then offers it again.
     *
     * @throws IOException when the status file cannot be written; the offer is not taken up then
     */
    public synchronized void offer(Offer offer) throws IOException {
        PackageStatuses before = current();
        if (closed) {
            return;
        }
        Optional<OfferedPackage> mine = offer.packages().stream()
                .filter(offered -> offered.name().equals(settings.agent().packageName()))
                .findFirst();
        UpdateJob running = job;
        boolean again = running != null && mine.isPresent() && running.offered().isSame(mine.get());
        if (installing) {
            if (!again) {
                tell(before.withError("Already installing new packages"));
            }
            return;
        }
        PackageStatuses next = others(before, offer)
                .withAllPackagesHash(offer.allPackagesHash())
                .withError("");
        PackageStatus own = own(before);
        if (again) {
            tell(next);
            return;
        }
        stop();
        if (mine.isEmpty() || isInstalled(own, mine.get())) {
            tell(next.with(
                    own.status() == InstallStatus.INSTALL_FAILED && mine.isEmpty() ? own : installed(own, mine)));
            return;
        }
        PackageStatus offered = own.withOffer(mine.get());
        Optional<String> refusal = settings.refusal(mine.get());
        if (refusal.isPresent()) {
            tell(next.with(offered.with(InstallStatus.INSTALL_FAILED, refusal.get())));
            return;
        }
        OfferFile.Taken taken = taken(mine.get());
        Files.createDirectories(settings.downloads());
        offers.write(taken);
        tell(next.with(offered.with(InstallStatus.INSTALL_PENDING, "")));
        begin(UpdateJob.download(settings, this, taken, wait(taken), left));
    }

    private static PackageStatus installed(PackageStatus own, Optional<OfferedPackage> mine) {
        return mine.map(own::withOffer).orElse(own).with(InstallStatus.INSTALLED, "");
    }

    private static boolean isInstalled(PackageStatus own, OfferedPackage offered) {
        return own.agent().equals(offered.packageVersion());
    }

    /** Other packages than the agent itself are not its business. */
    private PackageStatuses others(PackageStatuses before, Offer offer) {
        Map<String, PackageStatus> packages = new LinkedHashMap<>();
        packages.put(settings.agent().packageName(), own(before));
        for (OfferedPackage offered : offer.packages()) {
            if (!offered.name().equals(settings.agent().packageName())) {
                packages.put(
                        offered.name(),
                        PackageStatus.installed(offered.name(), "")
                                .withOffer(offered)
                                .with(
                                        InstallStatus.INSTALL_FAILED,
                                        "this agent has no package of that name; it has "
                                                + settings.agent().packageName()));
            }
        }
        return new PackageStatuses(before.allPackagesHash(), before.errorMessage(), packages);
    }

    private OfferFile.Taken taken(OfferedPackage offered) throws IOException {
        int tries = offers.read()
                .filter(earlier -> earlier.offered().isSame(offered))
                .map(OfferFile.Taken::tries)
                .orElse(0);
        Instant now = settings.timing().ticker().now();
        Instant begin = spread(offered).begin(now, settings.timing().random());
        if (tries > 0) {
            begin = begin.plus(Settings.AGAIN.delay(tries, settings.timing().random()));
        }
        return new OfferFile.Taken(offered, begin, tries);
    }

    private Spread spread(OfferedPackage offered) {
        return offered.header(Spread.HEADER)
                .flatMap(Spread::parse)
                .orElse(settings.timing().spread());
    }

    /** The longest time that the agent waits for its turn, whatever its clock says. */
    private Spread wait(OfferFile.Taken taken) {
        Spread spread = spread(taken.offered());
        return taken.tries() == 0 ? spread : new Spread(spread.length().plus(Settings.AGAIN.bound(taken.tries())));
    }

    private void begin(UpdateJob next) {
        job = next;
        next.start();
    }

    /** What it still says is not listened to; the next one waits for its end. */
    private void stop() {
        UpdateJob running = job;
        if (running != null) {
            running.cancel();
            left = running;
            job = null;
        }
    }

    /** Returns what is to be told to the server now. */
    public synchronized PackageStatuses statuses() {
        return current();
    }

    /**
     * Says that the server has these statuses. A failure is removed from the status file then; the hash of the offer stays, so
     * that it is not offered again. Without this call a failure is told again after the next start. Idempotent.
     *
     * @throws IOException when the status file cannot be written
     */
    public synchronized void reported(PackageStatuses told) throws IOException {
        PackageStatuses now = current();
        PackageStatus own = own(now);
        if (!installing
                && own.status() == InstallStatus.INSTALL_FAILED
                && own.equals(told.packages().get(own.name()))) {
            // In memory it stays: the server is to see it until there is something new.
            file.write(now.with(restart.asItRuns(own.with(InstallStatus.INSTALLED, ""))));
        }
    }

    /** Tells how far a download is, if it is still wanted. */
    synchronized void downloading(UpdateJob from, DownloadProgress progress) {
        if (from == job && !closed) {
            statuses = current().with(own(current()).downloading(progress));
            settings.listener().changed(statuses);
        }
    }

    /** Says that an update is beyond replacing, unless it was replaced. On disk when this returns true. */
    synchronized boolean beginInstalling(UpdateJob from) throws IOException {
        if (from != job || closed) {
            return false;
        }
        tell(current().with(own(current()).with(InstallStatus.INSTALLING, "")));
        installing = true;
        return true;
    }

    /** Returns whether the updater has said how the update ended while this agent ran on, and tells so. */
    synchronized boolean answered(UpdateJob from) throws IOException {
        if (from != job || !file.hasChanged()) {
            return false;
        }
        Optional<PackageStatuses> found = file.read();
        if (found.isEmpty() || own(found.get()).status() == InstallStatus.INSTALLING) {
            return false;
        }
        ended(from);
        new UpdateRequest(settings.agent().home()).withdraw();
        Trees.remove(settings.staged());
        statuses = found.get();
        settings.listener().changed(statuses);
        offers.read().ifPresent(this::remember);
        return true;
    }

    /** Tells that an update has failed. */
    synchronized void failed(UpdateJob from, OfferFile.Taken taken, String message) {
        if (from != job || closed) {
            return;
        }
        ended(from);
        LOG.log(
                System.Logger.Level.WARNING,
                "the update to {0} failed: {1}",
                taken.offered().version(),
                message);
        remember(taken);
        try {
            new UpdateRequest(settings.agent().home()).withdraw();
            Trees.remove(settings.staged());
            Download.discard(settings.downloads());
            tell(current().with(own(current()).with(InstallStatus.INSTALL_FAILED, message)));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "the failure cannot be told: " + e.getMessage(), e);
        }
    }

    private void remember(OfferFile.Taken taken) {
        try {
            failedOnceMore(taken);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the offer cannot be remembered: {0}", e.getMessage());
        }
    }

    private void ended(UpdateJob from) {
        if (from == job) {
            job = null;
            installing = false;
        }
    }

    /** First on disk, then told. */
    private void tell(PackageStatuses next) throws IOException {
        if (next.equals(statuses)) {
            return;
        }
        file.write(next);
        statuses = next;
        settings.listener().changed(next);
    }

    private PackageStatuses current() {
        PackageStatuses now = statuses;
        if (now == null) {
            throw new IllegalStateException("call started() first");
        }
        return now;
    }

    private PackageStatus own(PackageStatuses all) {
        PackageStatus own = all.packages().get(settings.agent().packageName());
        return own == null
                ? PackageStatus.installed(
                        settings.agent().packageName(), settings.agent().runningVersion())
                : own;
    }

    /** Ends a download, which the next start goes on with. An updater that was started goes on. Idempotent. */
    @Override
    public void close() {
        UpdateJob last;
        synchronized (this) {
            closed = true;
            stop();
            last = left;
        }
        try {
            if (last != null) {
                last.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
