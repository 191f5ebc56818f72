package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole {@code apply} of a signed bundle, as whoever typed it sees it: on a terminal of {@code script}, in a pipe, in a file. */
@SystemTest
final class TerminalSystemTests {
    private static final String APPLY = InstalledAgent.STATE + "/updater apply " + EnrolledAgent.BUNDLE;
    private static final String SEEN = "/srv/typescript";
    private static final String ERASE = "\r\u001b[K";
    private static final String ESCAPE = "\u001b";

    /** What is printed once a phase is over, wherever the standard output is a terminal. */
    private static final List<String> PHASES = List.of("unpack  ", "prepare  ", "health check  ", "commit  ");

    private static EnrolledAgent offered(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        enrolled.offer();
        return enrolled;
    }

    private static String onATerminal(Box box, String... environment) {
        List<String> command = new ArrayList<>(List.of("env"));
        command.addAll(List.of(environment));
        command.addAll(List.of("script", "-qec", APPLY, SEEN));
        Command.Result result = box.exec(EnrolledAgent.LIMIT, command.toArray(String[]::new));
        assertThat(result.exit()).as(result.toString()).isZero();
        return box.read(SEEN);
    }

    /** The updater of the bundle, which this one becomes, goes on with the line. There are no colours to leave out. */
    @ParameterizedTest
    @ValueSource(strings = {"NO_COLOR=", "NO_COLOR=1"})
    void apply_onATerminal_showsPhasesOnALineThatIsErased(String colours, Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = offered(box, bundles);

        String seen = onATerminal(box, "TERM=xterm", colours);

        assertThat(seen)
                // How often the bytes are told depends on how long it takes.
                .contains(ERASE + "copy the bundle", ERASE + "unpack  ", ERASE + "prepare" + ERASE + "prepare  ")
                .contains(ERASE + "health check", ERASE + "commit" + ERASE + "commit  ")
                .contains(PHASES);
        assertThat(seen.replace(ERASE, "")).doesNotContain(ESCAPE);
        enrolled.agent().awaitRunning("v2");
    }

    @Test
    void apply_onATerminalThatCannotErase_printsWhatIsOver(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = offered(box, bundles);

        String seen = onATerminal(box, "TERM=dumb");

        assertThat(seen).contains(PHASES).doesNotContain(ESCAPE, "copy the bundle:");
        enrolled.agent().awaitRunning("v2");
    }

    /** Whoever reads a pipe or a file gets nothing that is for people who wait. */
    @ParameterizedTest
    @ValueSource(strings = {"set -o pipefail; " + APPLY + " 2>&1 | cat >" + SEEN, APPLY + " >" + SEEN + " 2>&1"})
    void apply_inAPipeOrToAFile_printsNothingOfProgress(String line, Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = offered(box, bundles);

        Command.Result result = box.exec(EnrolledAgent.LIMIT, "env", "TERM=xterm", "bash", "-c", line);

        assertThat(result.exit()).as(result.toString()).isZero();
        assertThat(box.read(SEEN)).doesNotContain(ESCAPE, "\r").doesNotContain(PHASES);
        enrolled.agent().awaitRunning("v2");
    }
}
