package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.app.host.InstallationFinder;
import updater.app.host.Target;
import updater.app.offer.HandOver;
import updater.app.offer.OfferTaking;
import updater.app.offer.ScratchDirectory;
import updater.fs.Directory;
import updater.fs.Failures;
import updater.state.document.HistoryEntry;
import updater.state.document.UpdateReport.Outcome;
import updater.transaction.Engine;
import updater.transaction.context.EventLog;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.PlanPreview;
import updater.transaction.context.UpdateContext;

/**
 * The command that prints what an update would do, from the staged tree or from a bundle, and ends as that would if it would be
 * refused. All of preparing's looking, nothing of its doing: a bundle is unpacked into a directory of its own, which is gone
 * when this ends.
 */
record PlanCommand(Arguments line, Host host) {
    /** What only a start of the new version can show. */
    private static final String WORKS = "whether the new version works: that shows once it was started";

    /** Prints it. */
    ExitCode run() throws UpdateFailure, InterruptedException {
        UpdateContext context = new InstallationFinder(line.target(), host).context();
        PlanText.Found found = line.source().applied().isPresent()
                ? ofBundle(context, line.source().applied().get())
                : ofStaged(context);
        host.console().printText(line.json() ? PlanText.json(found) : PlanText.text(found, line.verbose()));
        return found.exit();
    }

    private PlanText.Found ofStaged(UpdateContext context) throws UpdateFailure, InterruptedException {
        PlanPreview plan = engine(context).plan();
        List<UpdateFailure> before = Files.exists(context.layout().journal(), LinkOption.NOFOLLOW_LINKS)
                ? List.of(DoctorCommand.unfinished(context.layout()))
                : List.of();
        PlanText.Found found = found(context, plan, before, Optional.empty(), List.of());
        if (!found.known() && found.problems().isEmpty()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.STAGED_TREE_MISSING,
                    "nothing is staged at " + context.layout().staged(),
                    "Unpack the update tarball there; or run 'updater plan BUNDLE'");
        }
        return found;
    }

    private PlanText.Found ofBundle(UpdateContext context, Arguments.Applied bundle)
            throws UpdateFailure, InterruptedException {
        ApplyRun.requireLinux(line, host, context);
        LockedRun.loadDecompressor();
        CurrentStatus now = new LockTaking(line, host).settled(context);
        ScratchDirectory scratch =
                ScratchDirectory.ofThisProcess(context, host.process().pid(), host.user());
        PlanText.Found found = scratch.in(directory -> look(context, bundle, now, scratch, directory));
        requireGoingOn();
        return found;
    }

    private PlanText.Found look(
            UpdateContext context,
            Arguments.Applied bundle,
            CurrentStatus now,
            ScratchDirectory scratch,
            Directory directory)
            throws UpdateFailure, InterruptedException {
        List<String> untold = new ArrayList<>(List.of(WORKS));
        now.endedByApply(context.layout()).ifPresent(untold::add);
        OfferTaking.Taken taken;
        try {
            taken = new OfferTaking(
                            context, ApplyRun.trust(host, context), host.user().uid(), host.console())
                    .unpack(directory, bundle.bundle(), bundle.statement(), bundle.version());
        } catch (UpdateFailure e) {
            return found(
                    context,
                    engine(context).plan(Optional.empty()),
                    List.of(scarce(context, e)),
                    Optional.empty(),
                    untold);
        }
        requireGoingOn();
        Optional<String> version = Optional.of(taken.offer().version());
        UpdateContext of = context;
        if (taken.runtime()) {
            untold.add("what the updater in the bundle decides: it makes the update, by rules of its own version");
            String runtime = HomeLayout.OFFERED + "/" + HomeLayout.STAGED_RUNTIME;
            try {
                new HandOver(
                                context,
                                host.system().commands(),
                                scratch.name() + "/" + runtime,
                                host.user().uid(),
                                host.console())
                        .examine();
                of = described(context.layout(), scratch.path().resolve(runtime).resolve("product.json"));
            } catch (UpdateFailure e) {
                return found(context, engine(context).plan(Optional.empty()), List.of(e), version, untold);
            }
        }
        PlanPreview plan = engine(of).plan(Optional.of(new Place(scratch.path(), HomeLayout.OFFERED)));
        return found(of, plan, List.of(), version, untold);
    }

    /** What is full is not where an update would unpack. */
    private static UpdateFailure scarce(UpdateContext context, UpdateFailure failure) {
        return Failures.isNoSpace(failure)
                ? new UpdateFailure.Refused(
                        RefusalCode.NO_SPACE,
                        "there is no room in " + context.layout().state() + " to unpack the bundle for a look: "
                                + failure.getMessage(),
                        "Free some there; an update unpacks it into "
                                + context.layout().work(),
                        failure)
                : failure;
    }

    /** The updater of the bundle takes the description that comes with it, unless another one is named. */
    private UpdateContext described(HomeLayout layout, Path product) throws UpdateFailure {
        Optional<Path> description = line.target()
                .product()
                .or(() -> Optional.of(product).filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS)));
        Target target = new Target(
                Optional.of(layout.home()), description, line.target().serviceManager());
        return new InstallationFinder(target, host).context();
    }

    private Engine engine(UpdateContext context) {
        return new Engine(context, LockedRun.invocation(line, host), (phase, took) -> {}, EventLog.NONE);
    }

    private void requireGoingOn() throws UpdateFailure.Refused {
        Optional<String> signal = host.lifetime().signals().termination().requested();
        if (signal.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.INTERRUPTED, signal.get() + " asked this updater to end", "Start it again");
        }
    }

    private PlanText.Found found(
            UpdateContext context,
            PlanPreview plan,
            List<UpdateFailure> before,
            Optional<String> version,
            List<String> untold) {
        List<UpdateFailure> problems = new ArrayList<>(before);
        plan.checks().stream()
                .flatMap(check -> check.refusal().stream())
                .forEach(failure -> problems.add(Engine.explain(failure, context, true)));
        boolean unchanged =
                plan.files().replaced().count() + plan.files().added().count() == 0
                        && plan.files().removed().count() == 0
                        && plan.definition() == PlanPreview.Definition.UNCHANGED
                        && !context.product().terms().policy().restartWhenUnchanged();
        return new PlanText.Found(
                plan,
                problems,
                lastDowntime(context),
                unchanged && problems.isEmpty(),
                version,
                stopped(context),
                untold);
    }

    private static Optional<String> stopped(UpdateContext context) {
        return AgentNow.of(context)
                .filter(agent -> agent.state().stopped())
                .map(agent -> agent.text()
                        + (context.product().terms().policy().startWhenStopped()
                                ? "; the update starts it"
                                : "; the update does not start it"));
    }

    private static OptionalLong lastDowntime(UpdateContext context) {
        try {
            List<HistoryEntry> history = new HistoryFile(context.disk(), context.layout()).read();
            return history.stream()
                    .filter(entry -> entry.outcome() == Outcome.UPDATED)
                    .map(entry -> entry.times().downtimeMillis())
                    .filter(OptionalLong::isPresent)
                    .reduce((first, last) -> last)
                    .orElse(OptionalLong.empty());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
