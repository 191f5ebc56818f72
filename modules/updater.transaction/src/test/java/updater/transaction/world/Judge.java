package updater.transaction.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import updater.api.PathPatterns;
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
    private final Optional<String> recordBefore;
    private final Map<String, OptionalLong> shipped;
    private List<String> wronglyInstalled = List.of();
    private TreeSnapshot afterDeeds;
    private Optional<String> beside = Optional.empty();

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
        recordBefore = record();
        shipped = shipped();
        afterDeeds = before;
        world.newAgent(scenario.report(), () -> {
            // The definition is written by the updater itself, not taken from the bundle.
            wronglyInstalled = world.home()
                    .ignoringDirectoryTimes()
                    .without("agent.unit", "agent.unit.new")
                    .changesSince(installed().without("agent.unit", "agent.unit.new"));
            beside = world.service.besideDefinition();
            Deed.perform(world.layout().home(), scenario.starting(), path -> !path.equals("agent"));
            afterDeeds = world.home();
        });
    }

    /** Invariant 1, and the service as it was. */
    public void old() throws IOException {
        // A file that was written through one of its names comes back under each, as files of their own.
        assertThat(world.home()
                        .ignoringOtherNames()
                        .changesSince((world.atExit == null ? before : expected()).ignoringOtherNames()))
                .as("home is what it was when the old agent had exited")
                .isEmpty();
        assertThat(world.outside().changesSince(outsideBefore))
                .as("outside home")
                .isEmpty();
        assertThat(world.service.running).isEqualTo(activeBefore ? World.OLD : "");
        assertThat(world.service.loaded).isEqualTo(loadedBefore);
        if (activeBefore) {
            assertThat(world.service.startedBy).isEqualTo(loadedBefore);
        }
        if (!world.service.calls().contains("stop")) {
            assertThat(world.service.pid).as("an agent that was never stopped").isEqualTo(pidBefore);
        }
        assertThat(world.service.settings).isEqualTo(settingsBefore);
        assertThat(Files.readString(world.home(World.STATUS))).contains("\"status\":3");
        assertThat(record()).as("what was shipped").isEqualTo(recordBefore);
        nothingLeft();
    }

    /** Returns what the installed version shipped, as it is on disk. */
    private Optional<String> record() throws IOException {
        Path record = LastVersion.record(world);
        return Files.exists(record)
                ? Optional.of(Files.readString(record, StandardCharsets.ISO_8859_1))
                : Optional.empty();
    }

    /** Returns the checksums that the record of this bundle is going to have. */
    private Map<String, OptionalLong> shipped() throws IOException {
        Map<String, OptionalLong> all = new TreeMap<>();
        PathPatterns preserved = new PathPatterns(world.product().files().preserved());
        for (Map.Entry<String, TreeSnapshot.Entry> one : bundle.entries().entrySet()) {
            String path = one.getKey();
            boolean within = world.ignores(path.substring(0, Math.max(0, path.lastIndexOf('/'))));
            if (path.isEmpty()
                    || within
                    || (world.ignores(path) && one.getValue().isDirectory())) {
                continue;
            }
            boolean placed = one.getValue().isFile()
                    && !preserved.matches(path)
                    && !world.ignores(path)
                    && !(outsideBefore.entries().containsKey("jmx.jar") && path.equals("jmx.jar"));
            all.put(
                    path,
                    placed
                            ? OptionalLong.of(
                                    LastVersion.crc(world.layout().staged().resolve(path)))
                            : OptionalLong.empty());
        }
        return all;
    }

    /** What agents did after an undo that had to leave something is theirs, unless it is among what was left. */
    private TreeSnapshot expected() {
        if (!world.incomplete) {
            return world.atExit;
        }
        Map<String, TreeSnapshot.Entry> found = world.home().entries();
        Map<String, TreeSnapshot.Entry> result = new TreeMap<>(world.atExit.entries());
        world.late.paths().forEach((path, left) -> {
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
        boolean operators = Set.of("new unit", "another unit").contains(world.lastDefinition);
        assertThat(world.service.loaded).isEqualTo(loadedBefore.isEmpty() || operators ? loadedBefore : "new unit");
        assertThat(beside)
                .as("beside the definition")
                .isEqualTo(
                        !loadedBefore.isEmpty() && world.lastDefinition.equals("another unit")
                                ? Optional.of("new unit")
                                : Optional.empty());
        assertThat(world.service.startedBy).isEqualTo(world.service.loaded);
        assertThat(LastVersion.recorded(world)).as("what was shipped").isEqualTo(shipped);
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
        assertThat(record()).as("what was shipped").isEqualTo(recordBefore);
    }

    /** Exactly one of the three, and which one is told by what runs. */
    public void oneOfThem() throws IOException {
        if (world.atExit == null && Files.readString(world.home(World.STATUS)).equals(statusBefore)) {
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
                .isSubsetOf(Set.of(
                        "history", "kept", "product.json", "updater-report.json", "shipped", "installed-product"));
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
                new PathPatterns(world.product().files().preserved())::matches,
                world.last,
                new PathPatterns(world.product().files().configuration())::matches);
    }
}
