package updater.transaction.world;

import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import updater.testkit.TreeSnapshot;

/** What agents did to home once a rollback had begun, which no rollback takes back. */
final class LateDeeds {
    private final World world;
    private final Map<String, Optional<TreeSnapshot.Entry>> paths = new TreeMap<>();

    LateDeeds(World world) {
        this.world = world;
    }

    /** Lets an agent do something to home, and remembers it when it is not what a rollback takes back. */
    void run(FakeService.Deed deed) throws IOException {
        // An update stops its agent, a rollback stops it again.
        if (Collections.frequency(world.service.calls(), "stop") < 2) {
            deed.run();
            return;
        }
        Map<String, TreeSnapshot.Entry> before = world.home().entries();
        deed.run();
        Map<String, TreeSnapshot.Entry> after = world.home().entries();
        Set<String> all = new TreeSet<>(before.keySet());
        all.addAll(after.keySet());
        for (String path : all) {
            if (!Objects.equals(before.get(path), after.get(path))) {
                paths.put(path, Optional.ofNullable(after.get(path)));
            }
        }
    }

    /** Returns each path that an agent changed then, as the agent left it; empty where it removed it. */
    Map<String, Optional<TreeSnapshot.Entry>> paths() {
        return paths;
    }
}
