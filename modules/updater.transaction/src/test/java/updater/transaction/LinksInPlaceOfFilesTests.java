package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.transaction.world.FakeService.Definition;

/** A file of home that an operator keeps elsewhere, with a link in its place: nothing is ever written through that. */
final class LinksInPlaceOfFilesTests extends LinkInPlaceOfAFile {
    /** Wherever it leads: nothing looks. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../releases/agent-1.jar",
                "../../releases/current.jar",
                "../../releases/nowhere.jar",
                "../agent",
                "../etc/agent.conf",
                "agent.jar",
                "/proc/version",
                "/dev/zero",
                "/etc",
            })
    void update_linkInPlaceOfAFile_isReplacedOrRolledBackAndWhatItLedToIsLeftAlone(String target) throws Exception {
        Files.createSymbolicLink(world.root().resolve("releases/current.jar"), Path.of("agent-1.jar"));
        lead("lib/agent.jar", target);
        assertRollsBack();

        next();
        update();

        assertNew();
        assertThat(world.failure).contains("what that led to is left alone: lib/agent.jar -> " + target);
    }

    @Test
    void update_twoLinksToOneFile_areReplacedEach() throws Exception {
        lead("lib/other.jar", "../../releases/agent-1.jar");
        stage("lib/other.jar", "other 2");
        look();
        assertRollsBack();

        next();
        stage("lib/other.jar", "other 2");
        update();

        assertNew();
        assertThat(world.home("lib/other.jar")).hasContent("other 2");
    }

    /** As after the first update from an updater that keeps no records. */
    @Test
    void update_nothingIsKnownOfTheLastVersion_linkIsReplaced() throws Exception {
        Files.delete(world.layout().state().resolve("shipped"));
        update();

        assertNew();
    }

    @Test
    void plan_linkInPlaceOfAFile_isNamedAsReplaced() throws Exception {
        assertThat(world.plan().files().replaced().first()).contains("lib/agent.jar");
        assertOld();
    }

    /** Whosever link it is. */
    @Test
    void update_vendorHasNotChangedTheFile_linkStays() throws Exception {
        stage("lib/agent.jar", "jar 1");
        give("lib/agent.jar");
        update();

        assertThat(Files.readSymbolicLink(world.home("lib/agent.jar"))).hasToString("../../releases/agent-1.jar");
        assertThat(world.outside().changesSince(outside)).allMatch(change -> change.startsWith("units/"));
    }

    /** Nothing is to be done, on a way that nobody but root could have led anybody. */
    @ParameterizedTest
    @ValueSource(strings = {"../../releases/agent-2.jar", "../../releases/current.jar"})
    void update_linkLeadsToTheVeryBytes_stays(String target) throws Exception {
        world.write("releases/agent-2.jar", "jar 2", 0604);
        Files.createSymbolicLink(world.root().resolve("releases/current.jar"), Path.of("./agent-2.jar"));
        lead("lib/agent.jar", target);
        update();

        assertThat(Files.readSymbolicLink(world.home("lib/agent.jar"))).hasToString(target);
        assertThat(world.failure).contains("\"warnings\": []");
        assertThat(world.outside().changesSince(outside)).allMatch(change -> change.startsWith("units/"));

        next();
        world.write("home/tmp/latest/agent", "new agent 3", 0755);
        stage("lib/agent.jar", "jar 3");
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.home("lib/agent.jar")).hasContent("jar 3");
        assertThat(world.root().resolve("releases/agent-2.jar")).hasContent("jar 2");
    }

    /** What somebody else may put there is not compared, nor what this very update may be about to change. */
    @ParameterizedTest
    @ValueSource(
            strings = {"../../open/agent-2.jar", "../../theirs/agent-2.jar", "../../releases/theirs.jar", "of-home.jar"
            })
    void update_linkLeadsToTheVeryBytesOnAWayThatIsNotRoots_isReplaced(String target) throws Exception {
        for (String place : List.of("open", "theirs", "home/lib")) {
            world.write(place + "/agent-2.jar", "jar 2", 0644);
        }
        Files.move(world.home("lib/agent-2.jar"), world.home("lib/of-home.jar"));
        Files.setAttribute(world.root().resolve("open"), "unix:mode", 0777);
        give("../theirs");
        Files.createSymbolicLink(world.home("../releases/theirs.jar"), Path.of("../theirs/agent-2.jar"));
        lead("lib/agent.jar", target);
        update();

        assertNew();
    }

    /** Whosever link it is, and whether or not the file that it leads to was edited. */
    @ParameterizedTest
    @ValueSource(strings = {"conf 1", "conf of this host"})
    void update_linkInPlaceOfConfiguration_staysWithTheNewOneBesideIt(String content) throws Exception {
        world.write("etc/agent.conf", content, 0600);
        lead("etc/agent.conf", "../../etc/agent.conf");
        give("etc/agent.conf");
        stage("etc/agent.conf", "conf 2");
        look();
        assertRollsBack();

        next();
        stage("etc/agent.conf", "conf 2");
        update();

        assertNew();
        assertThat(Files.readSymbolicLink(world.home("etc/agent.conf"))).hasToString("../../etc/agent.conf");
        assertThat(world.home("etc/agent.conf.new")).hasContent("conf 2");
        assertThat(Files.getAttribute(world.home("etc/agent.conf.new"), "unix:mode"))
                .as("who may read what the link leads to was not looked at")
                .isEqualTo(0100600);
        assertThat(world.failure).contains("the new one is beside it: etc/agent.conf.new");
    }

    @Test
    void update_linkInPlaceOfWhatIsTheOperatorsByItsName_isNotTouched() throws Exception {
        world.write("etc/agent.conf", "conf of this host", 0600);
        lead("config.yaml", "../etc/agent.conf");
        stage("config.yaml", "the bundle's");
        update();

        assertThat(Files.readSymbolicLink(world.home("config.yaml"))).hasToString("../etc/agent.conf");
        assertThat(world.home("config.yaml.new")).doesNotExist();
        assertNew();
    }

    @Test
    void update_oldAgentExchangesTheLinkAsItStops_thatComesBack() throws Exception {
        world.service.onFirstStop = () -> {
            lead("lib/agent.jar", "elsewhere.jar");
            Files.delete(world.home("etc/agent.conf"));
            lead("etc/agent.conf", "nowhere");
        };
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertOld();
    }

    @Test
    void nextUpdate_dropsTheFile_linkStays() throws Exception {
        Files.delete(world.staged("lib/agent.jar"));
        update();

        assertThat(Files.isSymbolicLink(world.home("lib/agent.jar"))).isTrue();
        assertThat(world.failure).contains("changed since it was installed, so it stays: lib/agent.jar");
    }

    private void assertRefused(String path, String why) throws Exception {
        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);
        assertThat(world.failure)
                .contains(
                        "the bundle has a file where home has a symbolic link: " + path + ", which leads to "
                                + Files.readSymbolicLink(world.home(path)) + " and " + why,
                        "'rm " + world.home(path) + "'");
        assertThat(world.service.calls()).as("of the first update").containsOnlyOnce("stop");
        assertOld();
    }

    @Test
    void update_linkIsAnothers_isRefusedAndCanBeRemoved() throws Exception {
        give("lib/agent.jar");

        assertRefused("lib/agent.jar", "belongs to user id 65534, not to root");

        Files.delete(world.home("lib/agent.jar"));
        next();
        update();
        assertNew();
    }

    /** He could have put the file there himself: root's link in the home of another user is not followed, but replaced. */
    @Test
    void update_homeIsAnothersAndTheLinkRoots_isReplacedByAFileOfHis() throws Exception {
        definition = Definition.NONE;
        makeWorld();
        try (Stream<Path> files = Files.walk(world.layout().home())) {
            for (Path file : files.filter(file -> !Files.isSymbolicLink(file)
                            && !file.startsWith(world.layout().work()))
                    .toList()) {
                give(world.layout().home().relativize(file).toString());
            }
        }
        assertRollsBack();

        next();
        give("tmp/latest/lib/agent.jar");
        update();

        assertNew();
        assertThat(Files.getAttribute(world.home("lib/agent.jar"), "unix:uid")).isEqualTo(65534);
    }

    /** Who owns home may exchange it for a second name of a file that he may not read, as soon as it was looked at. */
    @Test
    void update_linkIsExchangedForAFileAsItIsKept_isAbortedAndNothingIsKeptOfThat() throws Exception {
        world.write("secret", "root's", 0600);
        world.above = disk -> new ExchangingDisk(disk, () -> {
            Files.delete(world.home("lib/agent.jar"));
            Files.createLink(world.home("lib/agent.jar"), world.root().resolve("secret"));
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);

        assertThat(world.failure).contains("lib/agent.jar", "is no symbolic link any more");
        assertThat(world.layout().work().resolve("rollback")).doesNotExist();
    }

    @Test
    void update_linkHasAnotherName_isRefused() throws Exception {
        Files.createLink(world.home("lib/again"), world.home("lib/agent.jar"));
        look();

        assertRefused("lib/agent.jar", "has another name, which anybody could have given it");
    }

    @Test
    void update_linkLiesBehindALinkToADirectory_isRefused() throws Exception {
        world.write("second/plugins/a.yaml", "a", 0644);
        Files.createSymbolicLink(world.root().resolve("second/plugins/linked.yaml"), Path.of("a.yaml"));
        lead("plugins", "../second/plugins");
        stage("plugins/linked.yaml", "b");

        assertRefused("plugins/linked.yaml", "lies outside home, behind the link plugins");
    }
}
