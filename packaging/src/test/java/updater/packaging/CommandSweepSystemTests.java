package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.conformance.FaultyCommands;
import updater.api.conformance.FaultyCommands.Fault;
import updater.api.conformance.ServiceBench;
import updater.service.linux.InitUnder;
import updater.service.linux.SystemdUnder;
import updater.service.macos.LaunchdUnder;
import updater.service.process.ProcessUnder;
import updater.service.windows.WindowsUnder;

/**
 * Every command that a provider runs in an update fails, hangs or lies, once or from then on, in an update that succeeds and in
 * one that is rolled back. It ends in one of these: updated, and the new version runs; rolled back, refused, and the host
 * is what it was; incomplete, and the host is really not what it was. A recovery then brings it to its end.
 */
final class CommandSweepSystemTests {
    /** No command has this number. */
    private static final int NEVER = Integer.MAX_VALUE;

    /** What a manager that never answers again leaves unknown. */
    private static final Pattern NOT_SEEN = Pattern.compile(
            "incomplete: .*could not (start the old agent|stop the new agent|undo the new definition .*): ");

    @TempDir
    private Path directory;

    private int hosts;
    private final Map<String, Integer> endings = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();

    private SweptHost host(String manager, boolean healthy) throws Exception {
        Path root = Files.createDirectory(directory.toRealPath().resolve("host-" + ++hosts));
        SweptHost host = new SweptHost(root, manager.split(",")[0], bench(manager, root), healthy);
        if (manager.endsWith("definition first")) {
            host.stageDefinition("ExecReload=/bin/true\n");
        }
        return host;
    }

    static ServiceBench bench(String manager, Path root) throws Exception {
        return switch (manager) {
            case "systemd", "systemd, definition first" -> SystemdUnder.root(root);
            case "launchd" -> LaunchdUnder.virtual(root);
            case "sysv" -> InitUnder.sysV(root, true);
            case "sysv, careless script" -> InitUnder.sysV(root, false);
            case "openrc" -> InitUnder.openRc(root);
            case "windows" -> WindowsUnder.root(root);
            case "process" -> ProcessUnder.root(root);
            default -> throw new IllegalArgumentException(manager);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "systemd, true, 40",
        "systemd, false, 40",
        "'systemd, definition first', true, 40",
        "'systemd, definition first', false, 40",
        "launchd, true, 40",
        "launchd, false, 40",
        "windows, true, 40",
        "windows, false, 40"
    })
    void command_faulty_endsExactOrSaysWhatIsNot(String manager, boolean healthy, int most) throws Exception {
        List<String> commands = undisturbed(manager, healthy);
        List<int[]> points = points(commands.size());
        Random random = SweepSeed.random(manager + healthy);
        List<Integer> chosen = SweepSample.sample(points.size(), most, random);
        for (int point : chosen) {
            int[] numbers = points.get(point - 1);
            Fault fault = Fault.values()[numbers[1]];
            int until = numbers[2] == 0 ? numbers[0] + 1 : NEVER;
            disturbed(manager, healthy, fault, numbers[0], until);
        }
        System.out.println("commands of " + manager + (healthy ? ", success: " : ", rollback: ") + commands.size()
                + " commands, " + chosen.size() + " of " + points.size() + " faults, " + endings);
        assertThat(wrong).as(String.join("\n", wrong)).isEmpty();
    }

    /** Their agents and scripts are real processes, which take their time. */
    @ParameterizedTest
    @CsvSource({
        "sysv, true, 3",
        "sysv, false, 3",
        "'sysv, careless script', true, 1",
        "'sysv, careless script', false, 1",
        "openrc, true, 3",
        "openrc, false, 3",
        "process, true, 2",
        "process, false, 2"
    })
    void commandOfRealProcesses_faulty_endsExactOrSaysWhatIsNot(String manager, boolean healthy, int most)
            throws Exception {
        command_faulty_endsExactOrSaysWhatIsNot(manager, healthy, most);
    }

    /** Number of the command, fault, and whether it lasts. */
    private static List<int[]> points(int commands) {
        List<int[]> points = new ArrayList<>();
        for (int number = 1; number <= commands; number++) {
            for (int fault = 0; fault < Fault.values().length; fault++) {
                points.add(new int[] {number, fault, 0});
                points.add(new int[] {number, fault, 1});
            }
        }
        return points;
    }

    private List<String> undisturbed(String manager, boolean healthy) throws Exception {
        try (SweptHost host = host(manager, healthy)) {
            FaultyCommands commands = host.commands(Fault.FAILS, NEVER, NEVER);
            SweptHost.Outcome outcome = host.update(commands);
            assertThat(outcome.exit()).as(outcome.reason()).isEqualTo(healthy ? 0 : 1);
            assertThat(healthy ? host.differencesFromNew() : host.differencesFromOld())
                    .isEmpty();
            assertThat(host.left()).isEmpty();
            return commands.ran();
        }
    }

    private void disturbed(String manager, boolean healthy, Fault fault, int from, int until) throws Exception {
        try (SweptHost host = host(manager, healthy)) {
            FaultyCommands commands = host.commands(fault, from, until);
            SweptHost.Outcome outcome = host.update(commands);
            String what = fault + (until == NEVER ? " from " : " at ") + from + " ("
                    + (commands.ran().size() < from ? "never" : commands.ran().get(from - 1)) + "), exit "
                    + outcome.exit() + ": " + outcome.reason();
            List<String> found = judge(host, healthy, outcome, until == NEVER);
            endings.merge(outcome.exit() + (isUnknown(host, outcome) ? ", not known" : ""), 1, Integer::sum);
            SweptHost.Outcome recovered = host.recover();
            found.addAll(afterRecovery(host, outcome, recovered));
            if (!found.isEmpty()) {
                wrong.add(what + "\n    " + String.join("\n    ", found));
            }
        }
    }

    /** Everything is as it was, and nobody can say so. */
    private static boolean isUnknown(SweptHost host, SweptHost.Outcome outcome) throws Exception {
        return outcome.exit() == 4 && host.differencesFromOld().isEmpty();
    }

    private static List<String> judge(SweptHost host, boolean healthy, SweptHost.Outcome outcome, boolean lasting)
            throws Exception {
        List<String> old = host.differencesFromOld();
        return new ArrayList<>(
                switch (outcome.exit()) {
                    case 0 -> healthy ? host.differencesFromNew() : List.of("a bad version was committed");
                    case 1 ->
                        host.status().contains("\"status\":3")
                                ? old
                                : Arrays.asList("the status is " + host.status(), old.toString());
                    case 4 ->
                        !old.isEmpty()
                                        || (lasting
                                                && NOT_SEEN.matcher(outcome.reason())
                                                        .find())
                                ? List.of()
                                : List.of("everything is as it was");
                    default -> old;
                });
    }

    private static List<String> afterRecovery(SweptHost host, SweptHost.Outcome outcome, SweptHost.Outcome recovered)
            throws Exception {
        List<String> found = new ArrayList<>();
        boolean isNew = outcome.exit() == 0 || (outcome.exit() == 4 && recovered.exit() == 0);
        for (String difference : isNew ? host.differencesFromNew() : host.differencesFromOld()) {
            found.add("after the recovery: " + difference);
        }
        for (String left : host.left()) {
            found.add("after the recovery there is " + left);
        }
        if (recovered.exit() == 4) {
            found.add("not recovered: " + recovered.reason());
        }
        return found;
    }
}
