package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import updater.state.document.ReportFormatException;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.testkit.TreeSnapshot;

/**
 * The host before an update and after it, and what must hold of the two for each outcome.
 *
 * @param staged the agent files of the bundle
 * @param exit the updater's exit code, where the test itself had started it
 */
record EndedUpdate(
        Box box,
        InstalledAgent agent,
        HostState before,
        HostState after,
        TreeSnapshot staged,
        OptionalInt exit,
        String log,
        String output) {

    private static final Set<String> PRESERVED = Set.of("config.yaml", "logging.yaml", "manager.yaml");
    private static final Set<String> KEPT_STATE = Set.of(
            "lock",
            "holder",
            "history",
            "runtime",
            "updater",
            "updater-report.json",
            "product.json",
            "kept",
            "shipped",
            "installed-product",
            "previous-version",
            "previous-shipped",
            "previous-product",
            "previous-beside",
            "previous-definition");

    EndedUpdate withOutput(String said) {
        return new EndedUpdate(box, agent, before, after, staged, exit, log, said);
    }

    /** Of an updater that the test itself had started. */
    void assertExit(int expected) {
        assertThat(exit.orElseThrow()).as(log + output).isEqualTo(expected);
    }

    UpdateReport report() {
        try {
            return ReportJson.read(agent.read("log/updater-report.json").getBytes(StandardCharsets.UTF_8));
        } catch (ReportFormatException e) {
            throw new AssertionError(e);
        }
    }

    /** The new version is in place, runs and stays; nothing else has changed. */
    EndedUpdate assertUpdated(String version) {
        return assertUpdated(version, 0);
    }

    /** @param umask of whoever unpacked the bundle: what is new has no more than that left of its mode */
    EndedUpdate assertUpdated(String version, int umask) {
        assertOutcome(UpdateReport.Outcome.UPDATED);
        assertThat(differencesFromUpdated(umask)).as("home").isEmpty();
        assertThat(after.version()).as("running version").isEqualTo(version);
        assertThat(after.activeState()).isEqualTo("active");
        assertThat(after.enablement()).isEqualTo(before.enablement());
        assertThat(after.service())
                .extractingByKeys("FragmentPath", "DropInPaths", "NeedDaemonReload")
                .containsExactly(
                        before.service().get("FragmentPath"), before.service().get("DropInPaths"), "no");
        assertUnitIs(stagedUnit().orElse(before.unit().entries().get("")));
        assertThat(after.status()).as("status file").contains("\"status\":0");
        UpdateReport report = report();
        assertThat(report.versions().to()).isEqualTo(version);
        assertThat(report.reason()).isEmpty();
        assertThat(report.changes().service().activeAfter()).isTrue();
        assertThat(report.times().downtime().untilProcess()).isPresent();
        assertThat(report.changes().steps().done())
                .isEqualTo(report.changes().steps().planned())
                .isPositive();
        assertNothingLeft();
        return this;
    }

    /** Everything is as it was and the old version runs; the status file says why. */
    EndedUpdate assertRolledBack(String reason) {
        assertOutcome(UpdateReport.Outcome.ROLLED_BACK);
        assertUnchanged();
        assertThat(after.version()).as("running version").isEqualTo(before.version());
        assertThat(after.activeState()).isEqualTo(before.activeState());
        assertThat(after.status()).as("status file").containsPattern("\"status\" ?: ?3");
        // What the agent itself reported stays as it wrote it.
        if (!agent.agentLog().contains("reported: install failed")) {
            assertThat(after.status()).as("status file").contains(reason);
        }
        UpdateReport report = report();
        assertThat(report.reason()).contains(reason);
        assertThat(report.changes().service().activeAfter())
                .isEqualTo(before.activeState().equals("active"));
        assertThat(report.changes().service().enablementAfter()).isEqualTo(before.enablement());
        assertThat(report.changes().steps().failedToUndo()).isZero();
        assertThat(report.times().downtime().untilProcess()).isPresent();
        assertNothingLeft();
        return this;
    }

    /** An undo of files was proven, not only done. */
    EndedUpdate assertProven() {
        UpdateReport.Verification verification = report().changes().verification();
        assertThat(verification.compared())
                .as("paths compared")
                .isGreaterThanOrEqualTo(before.home().entries().size() - 1);
        assertThat(verification.byContent() + verification.byIdentity()).isPositive();
        assertThat(verification.differences()).isEmpty();
        return this;
    }

    /** Nothing was changed and the agent never stopped; it is left to time out by itself. */
    EndedUpdate assertRefused(String... reasons) {
        exit.ifPresent(code -> assertThat(code).as(output).isEqualTo(5));
        assertThat(lastWords()).contains("refused, nothing was changed").contains(reasons);
        return assertUntouched();
    }

    /** The same process runs on, and nothing is left of the attempt but the staged tree. */
    EndedUpdate assertUntouched() {
        assertUnchanged();
        assertThat(after.mainPid()).as("main process").isEqualTo(before.mainPid());
        assertThat(after.activeState()).isEqualTo(before.activeState());
        assertThat(after.version()).isEqualTo(before.version());
        // One that met another updater leaves the report to that.
        if (Files.exists(agent.home().resolve("log/updater-report.json"))) {
            assertThat(report().outcome()).isEqualTo(UpdateReport.Outcome.REFUSED);
        }
        assertGuardGone();
        assertStateIsClean();
        assertThat(agent.home().resolve("tmp/rollback")).doesNotExist();
        return this;
    }

    private String lastWords() {
        return log.lines().reduce((first, last) -> last).orElse("nothing in the log; " + output);
    }

    private void assertOutcome(UpdateReport.Outcome expected) {
        assertThat(agent.home().resolve("log/updater-report.json"))
                .as("report; the log says:\n%s\n%s", log, output)
                .exists();
        UpdateReport report = report();
        assertThat(report.outcome())
                .as("%s; %s\n%s", report.reason(), report.changes().verification(), log)
                .isEqualTo(expected);
        assertThat(report.versions().from()).isEqualTo(before.version());
        assertThat(report.run().recovered()).isFalse();
        assertThat(report.times().phases()).isNotEmpty();
        assertThat(report.changes().service().enablementBefore()).isEqualTo(before.enablement());
        exit.ifPresent(code -> assertThat(code).as(output).isEqualTo(exitCode(expected)));
        assertThat(log).contains("\"outcome\":\"" + expected.name() + "\"");
    }

    /** Home, unit and what else an update touches are as they were, but for what is never rolled back. */
    EndedUpdate assertUnchanged() {
        assertThat(after.home().changesSince(before.home())).as("home").isEmpty();
        assertThat(after.unit().changesSince(before.unit())).as("unit file").isEmpty();
        assertThat(after.beside().map(TreeSnapshot::entries))
                .isEqualTo(before.beside().map(TreeSnapshot::entries));
        assertThat(after.enablement()).isEqualTo(before.enablement());
        assertThat(after.service())
                .extractingByKeys("FragmentPath", "DropInPaths", "Description", "BootOrder")
                .containsExactlyElementsOf(Stream.of("FragmentPath", "DropInPaths", "Description", "BootOrder")
                        .map(before.service()::get)
                        .toList());
        return this;
    }

    private java.util.Optional<TreeSnapshot.Entry> stagedUnit() {
        return java.util.Optional.ofNullable(staged.entries().get(box.init().stagedDefinition()));
    }

    /** The bytes may be new; owner and mode are those of the file that was there. */
    private void assertUnitIs(TreeSnapshot.Entry expected) {
        TreeSnapshot.Entry was = before.unit().entries().get("");
        TreeSnapshot.Entry is = after.unit().entries().get("");
        assertThat(is.content()).as("unit file").isEqualTo(expected.content());
        assertThat(List.of(is.mode(), is.uid(), is.gid())).isEqualTo(List.of(was.mode(), was.uid(), was.gid()));
        assertThat(is.xattrs()).isEqualTo(was.xattrs());
    }

    /** Home has no tmp any more, an updater stands ready, and neither guard nor journal is left. */
    EndedUpdate assertNothingLeft() {
        assertThat(agent.home().resolve("tmp")).doesNotExist();
        TreeSnapshot.Entry launcher = after.launcher().orElseThrow().entries().get("");
        assertThat(List.of(launcher.mode(), launcher.uid())).as("launcher").isIn(List.of(0755, 0), List.of(0700, 0));
        assertGuardGone();
        assertStateIsClean();
        return this;
    }

    void assertGuardGone() {
        assertThat(box.init().guardTraces(box)).as("guard").isEmpty();
    }

    void assertStateIsClean() {
        Path state = box.at(InstalledAgent.STATE);
        if (!Files.exists(state)) {
            return;
        }
        try (Stream<Path> files = Files.list(state)) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.startsWith("runtime-")))
                    .as("state directory")
                    .isSubsetOf(KEPT_STATE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Invariant 2 of the design, from the bundle and the tree before it. */
    List<String> differencesFromUpdated() {
        return differencesFromUpdated(0);
    }

    private List<String> differencesFromUpdated(int umask) {
        SortedMap<String, TreeSnapshot.Entry> old = before.home().entries();
        SortedMap<String, TreeSnapshot.Entry> now = after.home().entries();
        Set<String> names = new TreeSet<>(old.keySet());
        names.addAll(now.keySet());
        names.addAll(staged.entries().keySet());
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            TreeSnapshot.Entry is = now.get(name);
            TreeSnapshot.Entry was = old.get(name);
            TreeSnapshot.Entry offered = staged.entries().get(name);
            boolean preserved = PRESERVED.contains(name.substring(name.lastIndexOf('/') + 1));
            boolean outside =
                    name.equals(InstalledAgent.JMX_JAR) && before.beside().isPresent();
            if (offered == null && is == null && isDropped(name)) {
                continue;
            }
            if (offered == null || preserved || outside || offered.type().equals("directory") && was != null) {
                if (!same(was, is)) {
                    differences.add(name + ": was " + was + ", is " + is);
                }
            } else if (is == null || !placed(offered, fileOf(was), is, ownerOfNew(name, now), umask)) {
                differences.add(name + ": offered " + offered + ", was " + was + ", is " + is);
            }
        }
        return differences;
    }

    /** What the last version shipped, as its record says, goes with it. */
    private boolean isDropped(String name) {
        return name.equals("plugins/only_in_" + before.version() + ".yaml")
                && report().changes().files().removed() == 1;
    }

    private static boolean same(TreeSnapshot.Entry was, TreeSnapshot.Entry is) {
        if (was == null || is == null) {
            return was == is;
        }
        // A directory's time changes with what is placed in it, and a file's second name may be one that was replaced.
        return was.type().equals("directory")
                ? was.at(is.mtime()).equals(is)
                : was.withoutOtherNames().equals(is.withoutOtherNames());
    }

    /** What takes the place of a link is as if nothing had been there. */
    private static TreeSnapshot.Entry fileOf(TreeSnapshot.Entry was) {
        return was == null || was.type().equals("link") ? null : was;
    }

    /** What is new belongs to whom its directory belongs to. */
    private static TreeSnapshot.Entry ownerOfNew(String name, SortedMap<String, TreeSnapshot.Entry> now) {
        return now.get(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
    }

    private static boolean placed(
            TreeSnapshot.Entry offered,
            TreeSnapshot.Entry was,
            TreeSnapshot.Entry is,
            TreeSnapshot.Entry directory,
            int umask) {
        TreeSnapshot.Entry dressed = was == null ? directory : was;
        return is.type().equals(offered.type())
                && is.content().equals(offered.content())
                && (was == null ? isModeOfNew(offered, is, umask) : is.mode() == was.mode())
                && is.uid() == dressed.uid()
                && is.gid() == dressed.gid()
                && is.xattrs().equals(was == null ? Map.of() : was.xattrs());
    }

    /** What is new has the mode that whoever unpacked the bundle could give it. */
    private static boolean isModeOfNew(TreeSnapshot.Entry offered, TreeSnapshot.Entry is, int umask) {
        return is.mode() == (offered.mode() & ~umask);
    }

    /** README's table. */
    private static int exitCode(UpdateReport.Outcome outcome) {
        return switch (outcome) {
            case UPDATED, UNCHANGED -> 0;
            case ROLLED_BACK -> 1;
            case ROLLBACK_INCOMPLETE -> 4;
            case REFUSED, ABORTED, SUPERSEDED -> 5;
        };
    }
}
