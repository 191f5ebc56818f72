package updater.transaction.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import updater.transaction.world.TreeRecord.Entry;

/** Know what a host was before an update, and judge what it is after. */
public final class Judge {
    private final World world;
    private final TreeRecord before;
    private final TreeRecord outsideBefore;
    private final TreeRecord bundle;
    private final boolean activeBefore;
    private final long pidBefore;
    private final String settingsBefore;
    private final String loadedBefore;
    private final String statusBefore;
    private List<String> wronglyInstalled = List.of();
    private TreeRecord afterDeeds;

    public Judge(World world, GeneratedUpdate scenario) throws IOException {
        this.world = world;
        before = world.home();
        outsideBefore = world.outside();
        bundle = TreeRecord.of(world.layout().staged(), path -> false);
        activeBefore = world.service.pid != 0;
        pidBefore = world.service.pid;
        settingsBefore = world.service.settings;
        loadedBefore = world.service.loaded;
        statusBefore = Files.readString(world.home(World.STATUS));
        afterDeeds = before;
        world.newAgent(scenario.report(), () -> {
            // The definition is written by the updater itself, not taken from the bundle.
            wronglyInstalled = installed()
                    .without("agent.unit")
                    .differencesTo(world.home().withoutDirectoryTimes().without("agent.unit"));
            Deed.perform(world.layout().home(), scenario.starting(), path -> !path.equals("agent"));
            afterDeeds = world.home();
        });
    }

    /** Invariant 1, and the service as it was. */
    public void old() throws IOException {
        assertThat(world.atExit == null ? List.of() : expected().differencesTo(world.home()))
                .as("home is what it was when the old agent had exited")
                .isEmpty();
        assertThat(outsideBefore.differencesTo(world.outside()))
                .as("outside home")
                .isEmpty();
        assertThat(world.service.running).isEqualTo(activeBefore ? World.OLD : "");
        assertThat(world.service.loaded).isEqualTo(loadedBefore);
        assertThat(world.service.settings).isEqualTo(settingsBefore);
        assertThat(Files.readString(world.home(World.STATUS))).contains("\"status\":3");
        nothingLeft();
    }

    /** What agents did after an undo that had to leave something is theirs, unless it is among what was left. */
    private TreeRecord expected() {
        if (!world.incomplete) {
            return world.atExit;
        }
        Map<String, Entry> found = world.home().entries();
        Map<String, Entry> result = new TreeMap<>(world.atExit.entries());
        world.doneSince.forEach((path, left) -> {
            if (left.equals(Optional.ofNullable(found.get(path)))) {
                result.remove(path);
                left.ifPresent(entry -> result.put(path, entry));
            }
        });
        return TreeRecord.of(result);
    }

    /** Invariant 2. */
    public void updated() throws IOException {
        assertThat(wronglyInstalled).as("what was installed").isEmpty();
        assertThat(afterDeeds.differencesTo(world.home()))
                .as("since the new agent")
                .isEmpty();
        assertThat(world.service.running).isEqualTo(World.NEW);
        Path jar = world.root().resolve("jmx.jar");
        if (Files.exists(jar)) {
            assertThat(Files.readString(jar)).isEqualTo("new jar");
            assertThat(Files.getAttribute(jar, "unix:mode")).isEqualTo(0100604);
        }
        assertThat(world.service.loaded).isEqualTo(loadedBefore.isEmpty() ? "" : "new unit");
        nothingLeft();
    }

    /** Invariant 6. */
    public void untouched() throws IOException {
        assertThat(before.differencesTo(world.home())).isEmpty();
        assertThat(outsideBefore.differencesTo(world.outside())).isEmpty();
        assertThat(world.service.pid).isEqualTo(pidBefore);
        assertThat(world.service.settings).isEqualTo(settingsBefore);
        assertThat(world.service.loaded).isEqualTo(loadedBefore);
        assertThat(Files.readString(world.home(World.STATUS))).isEqualTo(statusBefore);
        assertThat(Files.exists(world.staged("agent"))).isTrue();
        assertThat(world.layout().rollback()).doesNotExist();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.service.armed).isFalse();
    }

    /** Exactly one of the three, and which one is told by what runs. */
    public void oneOfThem() throws IOException {
        if (world.atExit == null) {
            untouched();
        } else if (world.service.running.equals(World.NEW)) {
            updated();
        } else {
            old();
        }
    }

    private void nothingLeft() throws IOException {
        // Its removal is the very last act: disturbed in there, nobody comes back for what is left.
        Path tmp = world.layout().tmp();
        if (Files.exists(tmp)) {
            assertThat(world.disturbed).isTrue();
            assertThat(names(tmp)).isSubsetOf("latest");
        }
        assertThat(world.service.armed).isFalse();
        assertThat(names(world.layout().state()))
                .isSubsetOf(Set.of("kept", "product.json", "report.json", "updater-report.json"));
    }

    private static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            children.forEach(child -> names.add(String.valueOf(child.getFileName())));
        }
        return names;
    }

    /** The model: what home must be once the bundle is in place. */
    private TreeRecord installed() {
        Map<String, Entry> result = new TreeMap<>(world.atExit.entries());
        bundle.entries().forEach((path, staged) -> {
            String name = path.substring(path.lastIndexOf('/') + 1);
            boolean outside = path.equals("jmx.jar") && outsideBefore.entries().containsKey(path);
            if (path.isEmpty() || world.ignores(path) || outside) {
                return;
            }
            if (staged.isFile() && world.product().preservedNames().contains(name)) {
                return;
            }
            Entry there = result.get(path);
            if (there == null) {
                String parent = path.equals(name) ? "" : path.substring(0, path.length() - name.length() - 1);
                Entry above = result.get(parent);
                result.put(path, staged.ownedBy(above.uid(), above.gid()));
            } else if (staged.isFile() && !staged.content().equals(there.content())) {
                result.put(path, there.holding(staged));
            }
        });
        return TreeRecord.of(result).withoutDirectoryTimes();
    }
}
