package updater.transaction.prepare;

import static updater.api.RefusalCode.AGENT_GAVE_UP;
import static updater.api.RefusalCode.DEFINITION_INVALID;
import static updater.api.RefusalCode.DEFINITION_NOT_REPLACEABLE;
import static updater.api.RefusalCode.DEFINITION_UNMET;
import static updater.api.RefusalCode.FAILED_BEFORE;
import static updater.api.RefusalCode.FILE_IMMUTABLE;
import static updater.api.RefusalCode.GUARD_CANNOT_RUN;
import static updater.api.RefusalCode.GUARD_ON_NOEXEC;
import static updater.api.RefusalCode.HELD;
import static updater.api.RefusalCode.HOME_CONFLICT;
import static updater.api.RefusalCode.HOOK_MISSING;
import static updater.api.RefusalCode.NOT_WRITABLE;
import static updater.api.RefusalCode.NO_SPACE;
import static updater.api.RefusalCode.NO_SPACE_FOR_RELOAD;
import static updater.api.RefusalCode.PACKAGE_MANAGER_BUSY;
import static updater.api.RefusalCode.PRIVILEGED_FILE_SHARED;
import static updater.api.RefusalCode.REHEARSAL_FAILED;
import static updater.api.RefusalCode.RELEASE_INCOMPLETE;
import static updater.api.RefusalCode.RELEASE_NOT_BELIEVED;
import static updater.api.RefusalCode.RELEASE_OF_OTHER_PRODUCT;
import static updater.api.RefusalCode.RELEASE_OUT_OF_DATE;
import static updater.api.RefusalCode.RELEASE_TOO_OLD;
import static updater.api.RefusalCode.RELEASE_UNSIGNED;
import static updater.api.RefusalCode.SERVICE_ACTIVATED;
import static updater.api.RefusalCode.SERVICE_BROKEN;
import static updater.api.RefusalCode.SERVICE_DISABLED;
import static updater.api.RefusalCode.SERVICE_MISSING;
import static updater.api.RefusalCode.SERVICE_NAME_INVALID;
import static updater.api.RefusalCode.SERVICE_OF_OTHER_HOME;
import static updater.api.RefusalCode.SERVICE_UNCLEAR;
import static updater.api.RefusalCode.STAGED_TREE_INVALID;
import static updater.api.RefusalCode.STAGED_TREE_MISSING;
import static updater.api.RefusalCode.STAGED_TREE_UNTRUSTED;
import static updater.api.RefusalCode.STATUS_FILE_UNUSABLE;
import static updater.api.RefusalCode.STOP_ENDS_UPDATER;
import static updater.api.RefusalCode.TAKEN_BACK;
import static updater.api.RefusalCode.TRUST_STATE_DAMAGED;
import static updater.api.RefusalCode.WORK_DIRECTORY_FOREIGN;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.TreeSource;
import updater.transaction.context.CheckResult;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.PlanPreview;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.prepare.Check.When;

/**
 * The checks before the stop. There is one list of them, for updates and for {@code doctor}: an update ends at the first
 * refusal, {@code doctor} shows all.
 */
public final class Preflight {
    /** In the order in which they are asked. A new check is a line here, and its codes a section of the runbook. */
    static final List<Check> CHECKS = List.of(
            new Check("hold", "whether an operator holds updates back", Set.of(HELD), When.HOST, HostQuestions::hold),
            new Check(
                    "service",
                    "the service, as its manager knows it",
                    Set.of(
                            SERVICE_NAME_INVALID,
                            SERVICE_MISSING,
                            SERVICE_DISABLED,
                            SERVICE_BROKEN,
                            SERVICE_UNCLEAR,
                            SERVICE_ACTIVATED),
                    When.HOST,
                    HostQuestions::service),
            new Check(
                    "home",
                    "whether it is the service's",
                    Set.of(SERVICE_OF_OTHER_HOME),
                    When.HOST,
                    HostQuestions::ofThisHome),
            new Check(
                    "stop",
                    "what a stop of the service ends besides",
                    Set.of(STOP_ENDS_UPDATER),
                    When.HOST,
                    HostQuestions::survivesTheStop),
            new Check(
                    "status file",
                    "what the agent says of itself",
                    Set.of(STATUS_FILE_UNUSABLE, AGENT_GAVE_UP),
                    When.HOST,
                    HostQuestions::status),
            new Check(
                    "packages",
                    "a package manager that works on the same files",
                    Set.of(PACKAGE_MANAGER_BUSY),
                    When.HOST,
                    HostQuestions::packages),
            new Check(
                    "work directory",
                    "where staged tree and backup will lie",
                    Set.of(WORK_DIRECTORY_FOREIGN, STAGED_TREE_MISSING, FILE_IMMUTABLE),
                    When.HOST,
                    HostQuestions::workDirectory),
            new Check(
                    "hooks",
                    "the programs of the bundle that the vendor has root run",
                    Set.of(HOOK_MISSING),
                    When.HOST,
                    HostQuestions::hooks),
            new Check(
                    "release",
                    "who vouches for the staged tree, and whether it is whole",
                    Set.of(
                            TRUST_STATE_DAMAGED,
                            STAGED_TREE_INVALID,
                            RELEASE_UNSIGNED,
                            RELEASE_NOT_BELIEVED,
                            RELEASE_TOO_OLD,
                            RELEASE_OUT_OF_DATE,
                            RELEASE_OF_OTHER_PRODUCT,
                            RELEASE_INCOMPLETE),
                    When.PLAN,
                    run -> run.believed = new ReleaseCheck(
                                    run.context(), run.invocation().platform(), "", run.log())
                            .isBelieved(run.stagedTree())),
            new Check(
                    "history",
                    "whether this bundle has failed here before",
                    Set.of(FAILED_BEFORE, TAKEN_BACK),
                    When.TREE,
                    HostQuestions::history),
            new Check(
                    "rehearsal",
                    "whether the new version passes what the product lets it rehearse",
                    Set.of(REHEARSAL_FAILED),
                    When.TREE,
                    HostQuestions::rehearsal),
            new Check(
                    "definition",
                    "the service's definition in the staged tree",
                    Set.of(
                            DEFINITION_INVALID,
                            DEFINITION_UNMET,
                            DEFINITION_NOT_REPLACEABLE,
                            STAGED_TREE_UNTRUSTED,
                            FILE_IMMUTABLE),
                    When.TREE,
                    run -> run.definition = new DefinitionCheck(run.context(), run.stagedTree(), run.believed).run()),
            new Check(
                    "start",
                    "whether the service could be started again after the stop",
                    Set.of(SERVICE_BROKEN, NOT_WRITABLE),
                    When.ALWAYS,
                    HostQuestions::startsAgain),
            new Check(
                    "reload",
                    "the space without which the service manager reads no new definition",
                    Set.of(NO_SPACE_FOR_RELOAD),
                    When.TREE,
                    run -> new ReloadRoom(run.context()).require(run.definition)),
            new Check(
                    "guard",
                    "the program that finishes an interrupted update",
                    Set.of(GUARD_CANNOT_RUN, GUARD_ON_NOEXEC),
                    When.TREE,
                    HostQuestions::guard),
            new Check(
                    "files",
                    "each staged file, and what it would replace",
                    Set.of(
                            STAGED_TREE_INVALID,
                            STAGED_TREE_MISSING,
                            HOME_CONFLICT,
                            PRIVILEGED_FILE_SHARED,
                            NOT_WRITABLE,
                            FILE_IMMUTABLE),
                    When.PLAN,
                    run -> run.files = new FilesCheck(run.context(), run.stagedTree(), run::warn).run()),
            new Check(
                    "space",
                    "bytes and inodes for the backup",
                    Set.of(NO_SPACE),
                    When.PLAN,
                    run -> new SpaceCheck(run.context()).require(run.stagedTree())));

    private final PreflightRun run;

    /** @param ownRuntime whether this process runs from the state directory, as one does that a launcher started */
    public Preflight(
            UpdateContext context, StatusFile status, Invocation invocation, boolean ownRuntime, EventLog log) {
        this.run = new PreflightRun(context, status, invocation, ownRuntime, log);
    }

    /**
     * Checks the host. What the checks found is in what this returns.
     *
     * @param source of the tree: it may have to be staged
     */
    PreflightRun host(TreeSource source) throws UpdateFailure, IOException, InterruptedException {
        boolean staged = source instanceof TreeSource.Staged;
        run.fromTmp = staged;
        run.goesBack = source instanceof TreeSource.Previous;
        run.patient = true;
        ask(When.HOST);
        if (staged && !Files.isDirectory(run.context().layout().staged(), LinkOption.NOFOLLOW_LINKS)) {
            throw StagedTree.missing(run.context());
        }
        return run;
    }

    /** Checks what is going to be installed. */
    void tree(StagedTree staged) throws UpdateFailure, IOException, InterruptedException {
        run.tree = Optional.of(staged);
        ask(When.TREE, When.ALWAYS);
    }

    private void ask(When... when) throws UpdateFailure, IOException, InterruptedException {
        for (Check check : CHECKS) {
            if (List.of(when).contains(check.when())) {
                check.question().ask(run);
            }
        }
    }

    /** Asks everything, of the tree that is staged too where there is one, and refuses nothing. Changes nothing. */
    public List<CheckResult> all() throws InterruptedException {
        Optional<UpdateFailure> notFound = Optional.empty();
        try {
            run.tree = StagedTree.inPlace(run.context(), run.user());
            run.fromTmp = run.tree.isPresent();
        } catch (IOException e) {
            notFound = Optional.of(
                    new UpdateFailure.Disk("look at", run.context().layout().staged(), e));
        }
        return all(notFound);
    }

    private List<CheckResult> all(Optional<UpdateFailure> notFound) throws InterruptedException {
        List<CheckResult> results = new ArrayList<>();
        for (Check check : CHECKS) {
            boolean ofHost = check.when() == When.HOST || check.when() == When.ALWAYS;
            boolean asked = ofHost || run.tree.isPresent() || notFound.isPresent();
            int before = run.warnings().size();
            Optional<UpdateFailure> refusal = !asked
                    ? Optional.empty()
                    : check.when() != When.HOST && notFound.isPresent() ? notFound : refusal(check);
            List<String> warnings = run.warnings();
            results.add(new CheckResult(
                    check.name(), check.subject(), asked, warnings.subList(before, warnings.size()), refusal));
        }
        return results;
    }

    /** As {@link #all}, with what an update would do. */
    public PlanPreview preview() throws InterruptedException {
        return preview(all());
    }

    /**
     * As {@link #preview()}, of a tree that was unpacked for it, and is announced to nobody.
     *
     * @param tree empty where there is none: then the host alone is asked about
     */
    public PlanPreview preview(Optional<StagedTree> tree) throws InterruptedException {
        run.tree = tree;
        run.unannounced = true;
        return preview(all(Optional.empty()));
    }

    private PlanPreview preview(List<CheckResult> checks) {
        List<String> services = new ArrayList<>();
        if (run.facts.isPresent()) {
            services.add(run.context().serviceName());
            services.addAll(run.facts.get().dependents());
        }
        PlanPreview.Definition definition = switch (run.definition) {
            case DefinitionChange.None _ -> PlanPreview.Definition.UNCHANGED;
            case DefinitionChange.ReplaceFile file ->
                file.beforeStop() ? PlanPreview.Definition.BEFORE_THE_STOP : PlanPreview.Definition.WHILE_STOPPED;
            case DefinitionChange.Configure _ -> PlanPreview.Definition.WHILE_STOPPED;
        };
        return new PlanPreview(
                checks,
                run.files,
                definition,
                services,
                run.facts.map(facts -> facts.stopBound().toMillis()).orElse(0L));
    }

    private Optional<UpdateFailure> refusal(Check check) throws InterruptedException {
        try {
            check.question().ask(run);
            return Optional.empty();
        } catch (Refusal e) {
            return Optional.of(e.failure());
        } catch (UpdateFailure e) {
            return Optional.of(e);
        } catch (IOException e) {
            return Optional.of(new UpdateFailure.Disk("look at " + check.subject() + " of", home(), e));
        }
    }

    private Path home() {
        return run.context().layout().home();
    }
}
