package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fake answers as Wine does, and where it does not, the difference is listed with its reason. */
class ManagerScriptTests {
    /** A line that differs. */
    record Difference(String scenario, String fake, String wine) {
        static List<Difference> all() {
            return Recorded.lines("differences.txt").stream()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" \\| ", 4))
                    .peek(parts -> assertThat(parts).as("reason given").hasSize(4))
                    .map(parts -> new Difference(parts[0], parts[1], parts[2]))
                    .toList();
        }
    }

    static List<String> names() {
        return ManagerScript.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void fake_scenario_answersAsWineOrForAListedReason(String name) throws Exception {
        List<String> fake = ManagerScript.run(Recorded.lines("scenarios/" + name + ".txt"));
        List<String> wine = Recorded.lines("wine/" + name + ".txt");
        Set<Difference> listed = new HashSet<>(Difference.all().stream()
                .filter(line -> line.scenario().equals(name))
                .toList());

        assertThat(fake).hasSameSizeAs(wine);
        List<Difference> found = new ArrayList<>();
        for (int i = 0; i < fake.size(); i++) {
            // A trailing space, or two, is a value that is empty.
            if (!squeezed(fake.get(i)).equals(squeezed(wine.get(i)))) {
                found.add(new Difference(name, squeezed(fake.get(i)), squeezed(wine.get(i))));
            }
        }
        assertThat(Set.copyOf(found))
                .isEqualTo(Set.copyOf(listed.stream()
                        .map(line -> new Difference(name, squeezed(line.fake()), squeezed(line.wine())))
                        .toList()));
    }

    private static String squeezed(String line) {
        return line.replaceAll(" +", " ");
    }
}
