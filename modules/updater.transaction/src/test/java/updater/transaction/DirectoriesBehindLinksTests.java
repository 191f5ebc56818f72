package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** A directory of home that root keeps elsewhere, behind a link: what the bundle has for it is updated there. */
final class DirectoriesBehindLinksTests {
    private static final Set<String> PLACED =
            Set.of("second/plugins/a.yaml", "second/plugins/sub", "second/plugins/sub/new.yaml");

    @TempDir
    private Path directory;

    private int worlds;
    private Definition definition = Definition.OUTSIDE;
    private World world;
    private TreeSnapshot home;
    private TreeSnapshot outside;

    @BeforeEach
    void makeWorld() throws IOException {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                definition,
                product -> GoingBackTests.keeping(product, 7, 1 << 20),
                context -> context);
        world.write("second/plugins/a.yaml", "old a", 0640);
        world.write("second/plugins/same.yaml", "same", 0644);
        world.write("second/plugins/of another agent.yaml", "another's", 0604);
        Files.createSymbolicLink(world.home("plugins"), Path.of("../second/plugins"));
        stage("a.yaml", "new a");
        stage("same.yaml", "same");
        stage("sub/new.yaml", "new");
        look();
    }

    private void look() throws IOException {
        home = world.home();
        outside = world.outside();
    }

    private void stage(String path, String content) throws IOException {
        world.write("home/tmp/latest/plugins/" + path, content, 0644);
    }

    private String plugin(String path) throws IOException {
        return Files.readString(world.root().resolve("second/plugins").resolve(path));
    }

    private void assertOld() {
        assertThat(world.home().changesSince(home)).as(() -> world.failure).isEmpty();
        assertThat(world.outside().changesSince(outside))
                .as(() -> world.failure)
                .isEmpty();
    }

    private void assertNew() throws IOException {
        assertThat(plugin("a.yaml")).isEqualTo("new a");
        assertThat(plugin("sub/new.yaml")).isEqualTo("new");
        assertThat(Files.readSymbolicLink(world.home("plugins"))).hasToString("../second/plugins");
        assertThat(Files.getAttribute(world.root().resolve("second/plugins/a.yaml"), "unix:mode"))
                .as("as the one it replaces")
                .isEqualTo(0100640);
        assertThat(world.outside().changesSince(outside))
                .allMatch(change ->
                        PLACED.stream().anyMatch(path -> change.startsWith(path + ":")) || change.startsWith("units/"));
    }

    @Test
    void update_directoryBehindALink_isUpdatedThere() throws Exception {
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertNew();
        assertThat(world.failure).contains("the link plugins lies outside home");
        assertThat(world.layout().state().resolve("outside")).doesNotExist();
    }

    @Test
    void update_newAgentFails_isAsBefore() throws Exception {
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertOld();
    }

    /** It may be root, and do what it likes with the link: the undo leads to where the link led. */
    @ParameterizedTest
    @ValueSource(strings = {"directory", "link", "nothing"})
    void update_newAgentReplacesTheLinkAndFails_isAsBefore(String by) throws Exception {
        world.write("second/else/a.yaml", "else", 0644);
        look();
        world.newAgent(3, () -> {
            Files.delete(world.home("plugins"));
            switch (by) {
                case "directory" -> world.write("home/plugins/a.yaml", "the new agent's", 0644);
                case "link" -> Files.createSymbolicLink(world.home("plugins"), Path.of("../second/else"));
                default -> {}
            }
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertOld();
    }

    /** What the new agent writes behind the link where the update has placed nothing is not the update's. */
    @Test
    void update_newAgentWritesBehindTheLinkAndFails_onlyWhatWasPlacedIsTakenBack() throws Exception {
        world.newAgent(3, () -> {
            world.write("second/plugins/a.yaml", "of the new agent", 0644);
            world.write("second/plugins/written.yaml", "of the new agent", 0644);
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(plugin("a.yaml")).isEqualTo("old a");
        assertThat(world.outside().changesSince(outside)).containsExactly("second/plugins/written.yaml: new file");
    }

    @Test
    void update_oldAgentWritesBehindTheLinkAsItStops_thatComesBack() throws Exception {
        world.service.onFirstStop = () -> world.write("second/plugins/a.yaml", "old a, and more", 0640);
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(plugin("a.yaml")).isEqualTo("old a, and more");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void update_killedAnywhere_isOldOrNew(int report) throws Exception {
        Set<String> endings = new TreeSet<>();
        int point = 3;
        boolean killed = true;
        while (killed) {
            makeWorld();
            world.newAgent(report, () -> {});
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), true);
            world.points.begin();
            if (killed) {
                world.recover();
            }
            boolean isNew = plugin("a.yaml").equals("new a");
            endings.add(isNew ? "new" : "old");
            if (isNew) {
                assertNew();
            } else {
                assertOld();
            }
            assertThat(world.layout().journal()).as("point " + at).doesNotExist();
            point += 11;
        }
        assertThat(endings).isEqualTo(report == 0 ? Set.of("old", "new") : Set.of("old"));
    }

    @Test
    void goBack_directoryBehindALink_isAsBefore() throws Exception {
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        look();
        world.writeStatus(2);
        world.write("home/tmp/latest/agent", "new agent 2", 0755);
        stage("a.yaml", "newer a");
        stage("same.yaml", "same");
        stage("sub-2/newer.yaml", "newer");
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(plugin("sub-2/newer.yaml")).isEqualTo("newer");
        assertThat(world.root().resolve("second/plugins/sub")).doesNotExist();
        GoingBackTests.stagePreviousDefinition(world);

        assertThat(world.goBack()).as(() -> world.failure).isZero();

        assertThat(world.outside().changesSince(outside)).noneMatch(change -> change.startsWith("second/"));
        assertThat(world.home().ignoringDirectoryTimes().changesSince(home.ignoringDirectoryTimes()))
                .isEmpty();
    }

    @Test
    void nextUpdate_dropsAFileBehindALink_isRemovedAndComesBack() throws Exception {
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        world.writeStatus(2);
        world.write("home/tmp/latest/agent", "new agent 2", 0755);
        stage("same.yaml", "same");
        look();
        world.newAgent(3, () -> {});
        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
        assertOld();

        world.writeStatus(2);
        world.write("home/tmp/latest/agent", "new agent 2", 0755);
        stage("same.yaml", "same");
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.root().resolve("second/plugins/a.yaml")).doesNotExist();
        assertThat(world.root().resolve("second/plugins/sub")).doesNotExist();
        assertThat(plugin("of another agent.yaml")).isEqualTo("another's");
    }

    /** A link in a directory behind a link, one that leads to a link, and one that leads through one. */
    @Test
    void update_linksBehindLinks_areFollowed() throws Exception {
        world.write("elsewhere/deep/x.yaml", "old x", 0644);
        Path second = world.root().resolve("second");
        Files.createSymbolicLink(second.resolve("plugins/deep"), Path.of("../../via/there"));
        Files.createSymbolicLink(world.root().resolve("elsewhere/there"), Path.of("./deep/"));
        Files.createSymbolicLink(world.root().resolve("via"), world.root().resolve("elsewhere"));
        stage("deep/x.yaml", "new x");
        look();
        world.newAgent(3, () -> {});
        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
        assertOld();

        world.writeStatus(2);
        restage();
        stage("deep/x.yaml", "new x");
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.root().resolve("elsewhere/deep/x.yaml")).hasContent("new x");
    }

    private void restage() throws IOException {
        world.write("home/tmp/latest/agent", "new agent", 0755);
        stage("a.yaml", "new a");
        stage("same.yaml", "same");
        stage("sub/new.yaml", "new");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "../state/x | state/x, which an update works in itself",
                "log | home/log, which an update works in itself",
                ".. | which an update works in itself",
                "../second/nowhere | there is no",
                "../second/plugins/a.yaml | is no directory",
                "plugins | it leads nowhere",
                "../open/plugins | open can be written by others (mode 0777)"
            })
    void update_linkLeadsWhereItMustNot_isRefused(String target, String why) throws Exception {
        Files.createDirectory(world.layout().state().resolve("x"));
        world.write("open/plugins/a.yaml", "a", 0644);
        Files.setAttribute(world.root().resolve("open"), "unix:mode", 0777);
        lead(target);

        assertRefused(why);
    }

    private void lead(String target) throws IOException {
        Files.delete(world.home("plugins"));
        Files.createSymbolicLink(world.home("plugins"), Path.of(target));
        look();
    }

    private void assertRefused(String why) throws Exception {
        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);
        assertThat(world.failure).contains("symbolic link that is not followed: plugins", why);
        assertThat(world.service.calls()).doesNotContain("stop");
        assertOld();
    }

    private void give(String path) throws IOException {
        assumeThat(Files.getAttribute(world.root(), "unix:uid"))
                .as("this is root")
                .isEqualTo(0);
        for (String attribute : List.of("unix:uid", "unix:gid")) {
            Files.setAttribute(world.root().resolve(path), attribute, 65534, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** Who could exchange what the link leads to would have root write there. */
    @ParameterizedTest
    @ValueSource(strings = {"home/plugins", "second", "open"})
    void update_somebodyElseCouldLeadTheLinkElsewhere_isRefused(String others) throws Exception {
        world.write("open/plugins/a.yaml", "a", 0644);
        Files.setAttribute(world.root().resolve("open"), "unix:mode", 01777);
        lead(others.equals("open") ? "../open/plugins" : "../second/plugins");
        give(others.equals("open") ? "open/plugins" : others);
        look();

        assertRefused(others.equals("open") ? "open can be written by others" : others + " belongs to user id 65534");
    }

    @Test
    void update_homeIsAnothers_linkIsRefused() throws Exception {
        definition = Definition.NONE;
        makeWorld();
        try (Stream<Path> files = Files.walk(world.layout().home())) {
            for (Path file : files.filter(file -> !Files.isSymbolicLink(file)).toList()) {
                give(world.root().relativize(file).toString());
            }
        }
        look();

        assertRefused("home belongs to user id 65534");
    }

    /** As a directory of home may, what lies behind the link may be the agent's. */
    @Test
    void update_directoryBehindTheLinkIsAnothers_isUpdatedAndHis() throws Exception {
        try (Stream<Path> files = Files.walk(world.root().resolve("second/plugins"))) {
            for (Path file : files.toList()) {
                give(world.root().relativize(file).toString());
            }
        }
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        for (String file : List.of("a.yaml", "sub", "sub/new.yaml")) {
            assertThat(Files.getAttribute(world.root().resolve("second/plugins/" + file), "unix:uid"))
                    .as(file)
                    .isEqualTo(65534);
        }
    }
}
