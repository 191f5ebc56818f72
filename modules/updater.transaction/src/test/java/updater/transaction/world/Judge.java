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
import updater.testkit.ExpectedTree;
import updater.testkit.TreeSnapshot;

/** A judge of one update: knows what the host was before it, and says whether it is what it must be after it. */
public final class Judge {
    private final World world;
    private final TreeSnapshot before;
    private final TreeSnapshot outsideBefore;
    private final TreeSnapshot bundle;
    private final boolean activeBefore;
    private final long pidBefore;
    private final String settingsBefore;
    private final String loadedBefore;
    private final String statusBefore;
    private List<String> wronglyInstalled = List.of();
    private TreeSnapshot afterDeeds;

    public Judge(World world, GeneratedUpdate scenario) throws IOException {
        this.world = world;
        before = world.home();
        outsideBefore = world.outside();
        bundle = TreeSnapshot.of(world.layout().staged(), path -> false);
        activeBefore = world.service.pid != 0;
        pidBefore = world.service.pid;
        settingsBefore = world.service.settings;
        loadedBefore = world.service.loaded;
        statusBefore = Files.readString(world.home(World.STATUS));
        afterDeeds = before;
        world.newAgent(scenario.report(), () -> {
            // The definition is written by the updater itself, not taken from the bundle.
            wronglyInstalled = world.home()
                    .ignoringDirectoryTimes()
                    .without("agent.unit")
                    .changesSince(installed().without("agent.unit"));
            Deed.perform(world.layout().home(), scenario.starting(), path -> !path.equals("agent"));
            afterDeeds = world.home();
        });
    }

    /** Invariant 1, and the service as it was. */
    public void old() throws IOException {
        // A file that was written through one of its names comes back under each, as files of their own.
        assertThat(
                        world.atExit == null
                                ? List.of()
                                : world.home()
                                        .ignoringOtherNames()
                                        .changesSince(expected().ignoringOtherNames()))
                .as("home is what it was when the old agent had exited")
                .isEmpty();
        assertThat(world.outside().changesSince(outsideBefore))
                .as("outside home")
                .isEmpty();
        assertThat(world.service.running).isEqualTo(activeBefore ? World.OLD : "");
        assertThat(world.service.loaded).isEqualTo(loadedBefore);
        assertThat(world.service.settings).isEqualTo(settingsBefore);
        assertThat(Files.readString(world.home(World.STATUS))).contains("\"status\":3");
        nothingLeft();
    }

    /** What agents did after an undo that had to leave something is theirs, unless it is among what was left. */
    private TreeSnapshot expected() {
        if (!world.incomplete) {
            return world.atExit;
        }
        Map<String, TreeSnapshot.Entry> found = world.home().entries();
        Map<String, TreeSnapshot.Entry> result = new TreeMap<>(world.atExit.entries());
        world.doneSince.forEach((path, left) -> {
            if (left.equals(Optional.ofNullable(found.get(path)))) {
                result.remove(path);
                left.ifPresent(entry -> result.put(path, entry));
            }
        });
        return TreeSnapshot.of(result);
    }

    /** Invariant 2. */
    public void updated() throws IOException {
        assertThat(wronglyInstalled).as("what was installed").isEmpty();
        assertThat(world.home().changesSince(afterDeeds))
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
        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(world.outside().changesSince(outsideBefore)).isEmpty();
        assertThat(world.service.pid).isEqualTo(pidBefore);
        assertThat(world.service.settings).isEqualTo(settingsBefore);
        assertThat(world.service.loaded).isEqualTo(loadedBefore);
        assertThat(Files.readString(world.home(World.STATUS))).isEqualTo(statusBefore);
        assertThat(Files.exists(world.staged("agent"))).isTrue();
        noWorkLeft();
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

    /** Where files in use are set aside, some may still be. */
    private void noWorkLeft() throws IOException {
        Path work = world.layout().work();
        if (Files.exists(work)) {
            assertThat(names(work)).containsExactly("aside");
        }
    }

    private void nothingLeft() throws IOException {
        noWorkLeft();
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

    private TreeSnapshot installed() {
        boolean outside = outsideBefore.entries().containsKey("jmx.jar");
        return ExpectedTree.of(
                world.atExit,
                bundle,
                path -> world.ignores(path) || (outside && path.equals("jmx.jar")),
                world.product().preservedNames());
    }
}
