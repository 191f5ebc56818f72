package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;
import updater.api.conformance.FaultyCommands;
import updater.api.service.Commands;

/**
 * An update that is taken back under each service manager: the way back succeeds, fails, or its updater is killed at one of the
 * manager's commands. Providers and transaction are real, the managers those of the providers' own tests.
 */
final class ManagersWayBackSystemTests {
    private static final int NEVER = Integer.MAX_VALUE;

    @TempDir
    private Path directory;

    private int hosts;

    /** Stands for the end of the process. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Commands of an updater that is killed once it has run the last of them, or when it was about to. */
    private static final class Mortal implements Commands {
        private final Commands next;
        private final int last;
        private final boolean runsIt;
        private final List<String> ran = new ArrayList<>();

        Mortal(Commands next, int last, boolean runsIt) {
            this.next = next;
            this.last = last;
            this.runsIt = runsIt;
        }

        private void begin(List<String> argv) {
            ran.add(String.join(" ", argv));
            if (ran.size() > last || (ran.size() == last && !runsIt)) {
                throw new Killed();
            }
        }

        private void end() {
            if (ran.size() >= last) {
                throw new Killed();
            }
        }

        @Override
        public Optional<Path> find(List<Path> candidates) {
            return next.find(candidates);
        }

        @Override
        public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
            begin(argv);
            Result result = next.run(argv, bound);
            end();
            return result;
        }

        @Override
        public long startDetached(
                List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
                throws UpdateFailure.Service {
            begin(argv);
            long pid = next.startDetached(argv, directory, environment, output);
            end();
            return pid;
        }
    }

    private SweptHost updated(String manager) throws Exception {
        Path root = Files.createDirectory(directory.toRealPath().resolve("host-" + ++hosts));
        SweptHost host = new SweptHost(root, manager, CommandSweepSystemTests.bench(manager, root), true);
        host.keepsPrevious = true;
        SweptHost.Outcome outcome = host.update(host.commands(FaultyCommands.Fault.FAILS, NEVER, NEVER));
        assertThat(outcome.exit()).as(outcome.reason()).isZero();
        assertThat(host.differencesFromNew()).isEmpty();
        return host;
    }

    /** Going back is an update: directories in which it placed or removed something have its time. */
    private static List<String> differencesFromOld(SweptHost host) throws Exception {
        return host.differencesFromOld().stream()
                .filter(difference -> !difference.matches("[^ ]*: mtime was .*"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"systemd", "launchd", "windows", "sysv", "openrc", "process"})
    void goBack_isTheOldVersionDefinitionIncluded(String manager) throws Exception {
        try (SweptHost host = updated(manager)) {
            SweptHost.Outcome outcome = host.goBack(commands -> commands);

            assertThat(outcome.exit()).as(outcome.reason()).isZero();
            assertThat(differencesFromOld(host)).isEmpty();
            assertThat(host.left()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"systemd", "launchd", "windows", "sysv", "openrc", "process"})
    void goBack_toWhatDoesNotRunAnyMore_isRolledBackToTheNewVersion(String manager) throws Exception {
        try (SweptHost host = updated(manager)) {
            host.spoilPrevious();

            SweptHost.Outcome outcome = host.goBack(commands -> commands);

            assertThat(outcome.exit()).as(outcome.reason()).isEqualTo(1);
            assertThat(host.differencesFromNew()).isEmpty();
            assertThat(host.left()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"systemd, 12", "launchd, 12", "windows, 24", "sysv, 2", "openrc, 2", "process, 2"})
    void goBack_killedAtACommand_isOneOfBothAfterARecovery(String manager, int most) throws Exception {
        List<Integer> chosen = SweepSample.sample(2 * commands(manager), most, SweepSeed.random("way back " + manager));
        int old = 0;
        for (int point : chosen) {
            old += killed(manager, (point + 1) / 2, point % 2 == 0) ? 1 : 0;
        }
        System.out.println("killed ways back of " + manager + ": " + chosen.size() + ", of which " + old
                + " ended with the old version");
    }

    private int commands(String manager) throws Exception {
        List<Mortal> made = new ArrayList<>();
        try (SweptHost host = updated(manager)) {
            assertThat(host.goBack(mortal(made, NEVER, true)).exit()).isZero();
        }
        return made.getFirst().ran.size();
    }

    private static UnaryOperator<Commands> mortal(List<Mortal> made, int last, boolean runsIt) {
        return commands -> {
            made.add(new Mortal(commands, last, runsIt));
            return made.getLast();
        };
    }

    /** Returns whether the old version is what there is in the end. */
    private boolean killed(String manager, int last, boolean runsIt) throws Exception {
        List<Mortal> made = new ArrayList<>();
        try (SweptHost host = updated(manager)) {
            try {
                host.goBack(mortal(made, last, runsIt));
            } catch (Killed e) {
                // As was asked for.
            }
            SweptHost.Outcome recovered = host.recover();
            String what = (runsIt ? "behind " : "before ") + last + ", "
                    + made.getFirst().ran.getLast() + ": " + recovered.reason();
            assertThat(recovered.exit()).as(what).isNotEqualTo(4);
            List<String> fromOld = differencesFromOld(host);
            List<String> fromNew = host.differencesFromNew();
            assertThat(fromOld.isEmpty() || fromNew.isEmpty())
                    .as(what + "\n" + fromOld + "\n" + fromNew)
                    .isTrue();
            assertThat(host.left()).as(what).isEmpty();
            return fromOld.isEmpty();
        }
    }
}
