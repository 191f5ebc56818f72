package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.transaction.context.Offer;
import updater.transaction.world.FakeService.Definition;

/**
 * A secret of root's that the owner of home has given a name there, where the kernel lets him: an update has kept it with the version
 * before, and it must not come back as his.
 */
final class SecretsGoneBackTests extends LinkInPlaceOfAFile {
    private static final int AGENT = 65534;

    private void own(Path path, int uid, int gid) throws IOException {
        Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    }

    @BeforeEach
    void updateWithASecretInHome() throws Exception {
        assumeThat(world.privileged).as("this is root").isTrue();
        definition = Definition.NONE;
        makeWorld();
        Path work = world.layout().work();
        try (Stream<Path> files = Files.walk(world.layout().home())) {
            for (Path file : files.filter(file -> !file.startsWith(work)).toList()) {
                own(file, AGENT, AGENT);
            }
        }
        world.write("secret", "root's", 0600);
        Files.delete(world.home("lib/agent.jar"));
        Files.createLink(world.home("lib/agent.jar"), world.root().resolve("secret"));
        world.newAgent(0, () -> {});
        assertThat(world.update(offer())).as(() -> world.failure).isZero();
        assertThat(world.home("lib/agent.jar")).hasContent("jar 2");
    }

    /** What a signed bundle becomes. */
    private Offer offer() throws IOException {
        Path offered = world.layout().work().resolve("offered");
        Files.createDirectories(world.layout().work());
        Files.setPosixFilePermissions(world.layout().work(), PosixFilePermissions.fromString("rwx------"));
        Files.move(world.layout().staged(), offered);
        try (Stream<Path> files = Files.walk(offered)) {
            for (Path file : files.toList()) {
                own(file, 0, 0);
            }
        }
        return new Offer(
                ((Number) Files.getAttribute(offered, "unix:dev")).longValue(),
                ((Number) Files.getAttribute(offered, "unix:ino")).longValue(),
                "2");
    }

    /** Of his own, or a name of one that root lets his group read. */
    @ParameterizedTest
    @ValueSource(ints = {AGENT, 0})
    void goBack_ownerOfHomeHasPutAFileInTheSecretsPlace_isRefused(int owner) throws Exception {
        Files.delete(world.home("lib/agent.jar"));
        world.write("home/lib/agent.jar", "something else", 0640);
        own(world.home("lib/agent.jar"), owner, AGENT);

        assertThat(world.goBack()).as(() -> world.failure).isEqualTo(5);

        assertThat(world.failure).contains("lib/agent.jar could be read by fewer before");
        assertThat(world.home("lib/agent.jar")).hasContent("something else");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "the new version's"})
    void goBack_nothingElseIsInTheSecretsPlace_isRootsAgain(String there) throws Exception {
        if (there.equals("nothing")) {
            Files.delete(world.home("lib/agent.jar"));
        }

        assertThat(world.goBack()).as(() -> world.failure).isZero();

        assertThat(world.home("lib/agent.jar")).hasContent("root's");
        assertThat(Files.getAttribute(world.home("lib/agent.jar"), "unix:uid")).isEqualTo(0);
        assertThat(Files.getAttribute(world.home("lib/agent.jar"), "unix:mode")).isEqualTo(0100600);
    }
}
