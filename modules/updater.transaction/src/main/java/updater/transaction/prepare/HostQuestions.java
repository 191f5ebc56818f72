package updater.transaction.prepare;

import static updater.api.RefusalCode.FAILED_BEFORE;
import static updater.api.RefusalCode.HELD;
import static updater.api.RefusalCode.SERVICE_OF_OTHER_HOME;
import static updater.api.RefusalCode.STAGED_TREE_MISSING;
import static updater.api.RefusalCode.STATUS_FILE_UNUSABLE;
import static updater.api.RefusalCode.STOP_ENDS_UPDATER;
import static updater.api.RefusalCode.TAKEN_BACK;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import updater.api.HealthRule.AfterSuccess;
import updater.api.HomeLayout;
import updater.api.Os;
import updater.api.Reason;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.processes.HostProcesses;
import updater.state.document.Hold;
import updater.state.document.StatusDocument.PackageStatus;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.AgentCommands;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.HoldFile;
import updater.transaction.context.Hooks;
import updater.transaction.context.Invocation;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.Withdrawal;

/** The questions of the preflight that are asked of this host, each by itself. What they find out is in the run. */
final class HostQuestions {
    private static final int STATUS_ATTEMPTS = 10;
    private static final String STAGED = HomeLayout.STAGED.substring(HomeLayout.STAGED.lastIndexOf('/') + 1);
    private static final PackageStatus NOTHING_SAID = new PackageStatus(OptionalInt.empty(), "", "", "");

    private HostQuestions() {}

    static void hold(PreflightRun run) throws UpdateFailure, IOException {
        UpdateContext context = run.context();
        Optional<Hold> hold;
        try {
            hold = new HoldFile(context.disk(), context.layout())
                    .at(context.clock().now());
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    HELD,
                    "whether an operator holds updates back cannot be told: " + Reason.at(e),
                    "Ask who made it; '" + context.layout().stateLauncher() + " unhold' removes it, and updates go on",
                    e);
        }
        if (hold.isPresent()) {
            throw new UpdateFailure.Refused(
                    HELD,
                    "an operator holds updates back " + hold.get().text(),
                    "Run '" + context.layout().stateLauncher() + " unhold' to allow them again");
        }
    }

    static void history(PreflightRun run) throws UpdateFailure, IOException {
        UpdateContext context = run.context();
        int most = context.product().terms().policy().attempts();
        run.digest = new TreeDigest(context, run.stagedTree()).hex();
        HistoryFile history = new HistoryFile(context.disk(), context.layout());
        int failures = history.failuresOf(run.digest);
        if (!run.stagedTree().previous() && history.wasTakenBack(run.digest)) {
            throw new UpdateFailure.Refused(
                    TAKEN_BACK,
                    "the update to this very bundle was taken back on this host",
                    "Run '" + context.layout().stateLauncher() + " retry' to let it be installed again");
        }
        if (most > 0 && failures >= most) {
            throw new UpdateFailure.Refused(
                    FAILED_BEFORE,
                    "this bundle has failed " + failures + " times on this host",
                    "See why with '" + context.layout().stateLauncher() + " history'; once it is mended, run '"
                            + context.layout().stateLauncher() + " retry' to let it be tried again");
        }
    }

    /** Nothing is run of a tree that somebody else could have changed and nobody vouches for. */
    static void rehearsal(PreflightRun run) throws UpdateFailure, IOException {
        if (run.goesBack) {
            // What is staged then is what the update had replaced, and no whole version; and that version has run here.
            return;
        }
        if (run.stagedTree().doubt().isPresent() && !run.believed) {
            return;
        }
        AgentCommands commands = new AgentCommands(
                run.invocation().runtime().commands(), run.invocation().user().uid());
        new Rehearsal(run.context(), commands, run.stagedTree()).run().ifPresent(run::warn);
    }

    static void service(PreflightRun run) throws UpdateFailure {
        run.facts = Optional.of(run.context().service().inspect());
        run.context().service().warnings().forEach(run::warn);
    }

    /**
     * What does not run is not stopped either. A definition that is broken is no reason to refuse the update that mends it;
     * but its rollback would bring the broken one back.
     */
    static void startsAgain(PreflightRun run) throws UpdateFailure, IOException {
        if (!run.facts.map(ServiceFacts::active).orElse(false)) {
            return;
        }
        UpdateContext context = run.context();
        boolean stays = DefinitionPlan.stays(context, run.definition);
        context.service()
                .requireStartable(
                        stays ? Optional.empty() : run.tree.map(tree -> tree.definitions(context)),
                        run.tree.map(tree -> tree.root().display()));
        if (run.tree.isPresent()) {
            try {
                context.service().requireStartable(Optional.empty(), Optional.empty());
            } catch (UpdateFailure.Refused e) {
                run.warn(e.getMessage() + "; the update mends that, but a rollback would leave the agent down");
            }
        }
    }

    static void ofThisHome(PreflightRun run) throws UpdateFailure {
        UpdateContext context = run.context();
        ServiceSpec spec = context.product().services().get(context.managerName());
        Optional<String> because = spec != null && spec.elsewhere()
                ? Optional.empty()
                : context.service().otherHome();
        if (because.isPresent()) {
            throw new UpdateFailure.Refused(
                    SERVICE_OF_OTHER_HOME,
                    "the service " + context.serviceName() + " is not that of "
                            + context.layout().home() + ": " + because.get(),
                    "Run 'updater --home DIR' with the home that it belongs to; where it is meant, the service has"
                            + " '\"elsewhere\": true' in the product descriptor");
        }
    }

    static void survivesTheStop(PreflightRun run) throws UpdateFailure {
        Optional<String> because = run.context().service().stopKillsUpdater();
        if (because.isPresent()) {
            throw new UpdateFailure.Refused(
                    STOP_ENDS_UPDATER,
                    "stopping " + run.context().serviceName() + " would kill this updater as well: " + because.get(),
                    "Start the updater outside the service, or set KillMode=process in it");
        }
    }

    /** The agent rewrites the file by removing it first, so one attempt may come at a bad moment. */
    static void status(PreflightRun run) throws UpdateFailure, InterruptedException {
        UpdateContext context = run.context();
        if (!context.product().health().reports()) {
            run.agent = Optional.of(NOTHING_SAID);
            return;
        }
        if (run.unannounced && announceable(run)) {
            return;
        }
        String problem = "";
        StatusFile.Seen seen = StatusFile.Seen.NOTHING;
        boolean unreadable = false;
        for (int attempt = 0; attempt < STATUS_ATTEMPTS; attempt++) {
            try {
                unreadable = true;
                seen = run.status().seen();
                unreadable = false;
                Optional<PackageStatus> agent = run.status().status(seen);
                if (agent.isPresent()) {
                    requireWanted(run, seen);
                    run.seen = seen;
                    run.agent = agent;
                    return;
                }
                problem = seen.content().isEmpty()
                        ? "it is missing"
                        : "it is malformed, or does not mention package "
                                + context.product().health().status().packageName();
            } catch (IOException e) {
                problem = String.valueOf(e.getMessage());
            }
            context.clock().pause(context.product().health().poll());
        }
        if (seen.content().isEmpty()
                && !unreadable
                && context.product().health().status().afterSuccess() == AfterSuccess.REMOVE) {
            // The agent was told of no update, as its contract has it; it will not report on one.
            run.seen = seen;
            run.agent = Optional.of(NOTHING_SAID);
            return;
        }
        throw new UpdateFailure.Refused(
                STATUS_FILE_UNUSABLE,
                "the status file "
                        + context.layout()
                                .home()
                                .resolve(context.product().health().status().file())
                        + " cannot be used: " + problem,
                "Nobody could tell whether the new agent is healthy; let the agent write it, or write it by hand");
    }

    /** What is announced replaces what cannot be understood, and what an earlier update has left. */
    private static boolean announceable(PreflightRun run) {
        try {
            run.seen = run.status().seen();
            run.agent = Optional.of(run.status().status(run.seen).orElse(NOTHING_SAID));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void requireWanted(PreflightRun run, StatusFile.Seen seen) throws UpdateFailure.Refused {
        Optional<String> withdrawn = new Withdrawal(run.status()).of(seen, staged(run));
        if (withdrawn.isPresent()) {
            throw Withdrawal.refused(withdrawn.get());
        }
    }

    /** An offered tree was announced in the status file by this very update, whatever the file had said before. */
    private static Optional<Instant> staged(PreflightRun run) {
        if (!run.fromTmp) {
            return Optional.empty();
        }
        try (DirectoryChain opened = new DirectoryChain(run.context().disk())) {
            return opened.directory(run.context().layout().home(), "tmp")
                    .lookup(STAGED)
                    .map(entry -> entry.stat().changed());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Waiting takes half of the time for preparing at most: what does not fit into it would be downtime. */
    static void packages(PreflightRun run) throws UpdateFailure, InterruptedException {
        Duration patience = run.patient
                ? run.facts
                        .map(facts -> TimeBudget.of(
                                        0,
                                        run.invocation().uptime().get(),
                                        facts.stopBound(),
                                        run.context().product().terms().prepareBudget())
                                .allowed()
                                .dividedBy(2))
                        .orElse(Duration.ZERO)
                : Duration.ZERO;
        packages(run.context(), run.invocation())
                .require(
                        patience,
                        () -> run.invocation()
                                .runtime()
                                .termination()
                                .requested()
                                .isEmpty(),
                        run::warn);
    }

    /** Returns the check of the package managers of this host. */
    static PackageCheck packages(UpdateContext context, Invocation invocation) {
        return new PackageCheck(
                new PackageManagers(
                        invocation.runtime().root(),
                        context,
                        invocation.runtime().commands(),
                        HostProcesses.of(Os.LINUX),
                        ProcessHandle.current().pid()),
                context.clock());
    }

    /** A look at a bundle does not run from that bundle's runtime; and what is gone back to needs no hook to succeed. */
    static void hooks(PreflightRun run) throws UpdateFailure.Refused {
        if (!run.goesBack) {
            Path runtime = run.unannounced && run.tree.isPresent()
                    ? run.stagedTree().root().display().resolve(HomeLayout.STAGED_RUNTIME)
                    : run.invocation().runtime().javaHome();
            new Hooks(run.context(), run.invocation(), run.log()).requireIn(runtime);
        }
    }

    static void workDirectory(PreflightRun run) throws UpdateFailure, IOException {
        Path tmp = run.context().layout().tmp();
        if (Files.exists(tmp, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(tmp, LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    STAGED_TREE_MISSING,
                    tmp + " is not a directory, and no link is followed there",
                    "Make it one; something may be mounted on it");
        }
        WorkDirectory.check(run.context(), run.user());
        try (Directory home = run.context().disk().open(run.context().layout().home())) {
            FlagCheck.requireChangeable(home);
        } catch (Refusal refusal) {
            throw refusal.failure();
        }
    }

    static void guard(PreflightRun run) throws UpdateFailure.Refused {
        UpdateContext context = run.context();
        new GuardTrial(
                        run.invocation().runtime().commands(),
                        context.layout(),
                        run.log(),
                        GuardTrial.bound(context.product().terms().prepareBudget()))
                .run(run.ownRuntime());
    }
}
