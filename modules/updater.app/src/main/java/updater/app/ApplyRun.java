package updater.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import updater.api.Os;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.app.host.HostPlatform;
import updater.app.offer.HandOver;
import updater.app.offer.OfferTaking;
import updater.app.offer.OfferTrust;
import updater.app.offer.OfferedRequest;
import updater.app.offer.RequestDirectory;
import updater.app.offer.RequestLimit;
import updater.app.offer.UnpackedSize;
import updater.release.ReleaseVerifier;
import updater.state.document.UpdateReport;
import updater.transaction.Engine;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;

/** The taking of a bundle under the lock, and the becoming of the updater in it, which goes on. */
record ApplyRun(Arguments line, Host host, UpdateContext context, Engine engine) {
    /**
     * Takes the bundle and updates. Returns only where the updater in it did not take over: there is none, or an earlier
     * update could not be brought to its end.
     *
     * @throws UpdateFailure when it was refused; nothing is left of it then
     */
    UpdateResult run(Arguments.Applied applied) throws UpdateFailure, InterruptedException {
        requireLinux(line, host, context);
        return run(
                taking -> taking.take(applied.bundle(), applied.statement(), applied.version()),
                false,
                UnpackedSize.of(context.disk(), applied.bundle()));
    }

    /**
     * As {@link #run(Arguments.Applied)}, with what the agent's user offers. Nothing of it is believed without a signature.
     *
     * @return empty when there is no request
     */
    Optional<UpdateResult> answer() throws UpdateFailure, InterruptedException {
        requireLinux(line, host, context);
        RequestDirectory offers = new RequestDirectory(context);
        if (!offers.claim()) {
            return Optional.empty();
        }
        OfferedRequest request;
        try {
            new RequestLimit(context.disk(), context.layout().state())
                    .count(context.clock().now());
            request = offers.read();
        } catch (UpdateFailure | RuntimeException | Error e) {
            offers.discard();
            engine.withdrawOffer();
            throw e;
        }
        return Optional.of(run(taking -> taking.take(offers, request), true, 0));
    }

    /** What a bundle on its way to root could be exchanged for is known on Linux alone. */
    static void requireLinux(Arguments line, Host host, UpdateContext context) throws UpdateFailure.Refused {
        if (host.system().os() != Os.LINUX) {
            throw new UpdateFailure.Refused(
                    RefusalCode.NOT_ON_THIS_SYSTEM,
                    "'" + line.command().word() + " BUNDLE' is there on Linux only",
                    "Unpack the bundle into " + context.layout().staged() + ", and run the updater in it");
        }
    }

    /** Takes a bundle. */
    @FunctionalInterface
    private interface Taking {
        OfferTaking.Taken from(OfferTaking taking) throws UpdateFailure;
    }

    /** @param unpacked the bytes that the bundle takes on the disk, as far as is known; 0 where it is not */
    private UpdateResult run(Taking taking, boolean signed, long unpacked) throws UpdateFailure, InterruptedException {
        Optional<UpdateResult> earlier = engine.recover(false);
        if (earlier.isPresent() && earlier.get().kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE) {
            return earlier.get();
        }
        earlier.ifPresent(ended -> host.console()
                .failure(
                        "an earlier update was unfinished, and was brought to its end first: " + words(ended),
                        "This one goes on"));
        engine.withdrawOffer();
        try {
            OfferTaking.Taken taken = offered(taking, signed, unpacked);
            return engine.update(Optional.of(taken.offer()));
        } catch (UpdateFailure | RuntimeException | Error e) {
            engine.withdrawOffer();
            throw e;
        }
    }

    private static String words(UpdateResult ended) {
        String how = ended.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return how + (ended.reason().isEmpty() ? "" : ", for " + ended.reason());
    }

    /** Where the disk was full, what had been unpacked is removed first: what is free then is there for the next time. */
    private OfferTaking.Taken offered(Taking taking, boolean signed, long unpacked) throws UpdateFailure {
        try {
            OfferTaking.Taken taken = take(taking, signed);
            if (taken.runtime()) {
                handOver(taken);
            }
            return taken;
        } catch (UpdateFailure e) {
            engine.withdrawOffer();
            throw Engine.explain(e, context, unpacked);
        }
    }

    private OfferTaking.Taken take(Taking taking, boolean signed) throws UpdateFailure {
        long start = context.clock().nanos();
        OfferTrust trust = trust(host, context);
        OfferTaking.Taken taken = taking.from(new OfferTaking(
                context, signed ? trust.required() : trust, host.user().uid(), host.console()));
        host.console().phaseDone("unpack", Duration.ofNanos(context.clock().nanos() - start));
        return taken;
    }

    /** Returns what decides on this host whether a bundle is believed. */
    static OfferTrust trust(Host host, UpdateContext context) throws UpdateFailure {
        ReleaseVerifier.Host release = new ReleaseVerifier.Host(
                context.product().name(),
                HostPlatform.of(host.process().javaHome()),
                context.clock().now());
        return OfferTrust.read(context.disk(), context.layout(), context.product(), release);
    }

    private void handOver(OfferTaking.Taken taken) throws UpdateFailure {
        host.console().phaseBegins("hand over");
        HandOver handOver = HandOver.ofThisProcess(
                context,
                host.system().commands(),
                host.process().pid(),
                host.user().uid(),
                host.console());
        handOver.prepare();
        host.console().settle();
        List<String> arguments = new ArrayList<>();
        for (Path product : line.target().product().stream().toList()) {
            arguments.addAll(List.of("--product", product.toAbsolutePath().toString()));
        }
        for (String manager : line.target().serviceManager().stream().toList()) {
            arguments.addAll(List.of("--service-manager", manager));
        }
        if (line.json()) {
            arguments.add("--json");
        }
        if (line.requested()) {
            arguments.add("--requested");
        }
        handOver.become(taken.offer(), arguments);
    }
}
