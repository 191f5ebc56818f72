package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.release.TrustState;
import updater.transaction.world.World;

/** Signed releases, and lists of files without a signature: what is believed, and what is refused. */
final class SignedUpdateTests extends SignedOffer {
    private static final int AGENT = 4711;

    private void giveHomeToTheAgent() throws IOException {
        Assumptions.assumeTrue(OtherUsersTests.privileged());
        try (Stream<Path> all = Files.walk(world.layout().home())) {
            for (Path path : all.toList()) {
                Files.setAttribute(path, "unix:uid", AGENT, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    private static Object inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino");
    }

    @Test
    void update_signedInATreeOfTheUpdatersUser_placesTheStagedInodes() throws Exception {
        vendor.sign(world, "v2", 20);
        Object staged = inode(world.staged("agent"));

        updated();

        assertThat(inode(world.home("agent"))).isEqualTo(staged);
        assertThat(remembered().counter()).isEqualTo(20);
        assertThat(remembered().version()).contains("v2");
        assertThat(world.failure).contains("\"release\"", "\"version\": \"v2\"", "\"key\": \"2026a\"");
    }

    @Test
    void update_signedInAgentsHome_placesCopiesAndMayDoWhatIsRoots() throws Exception {
        world.write("jmx.jar", "old jar", 0644);
        world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        world.write("home/tmp/latest/install/agent.unit", "from the bundle", 0644);
        world.write("home/tmp/latest/new/deep/er", "more", 0751);
        Files.setAttribute(world.staged("new/deep"), "unix:mode", 0775);
        vendor.sign(world, "v2", 20);
        giveHomeToTheAgent();
        Files.setAttribute(world.home("lib/a.so"), "unix:uid", 0);
        Object staged = inode(world.staged("agent"));

        updated();

        assertThat(inode(world.home("agent"))).isNotEqualTo(staged);
        assertThat(Files.getAttribute(world.home("agent"), "unix:uid")).isEqualTo(AGENT);
        assertThat(Files.getAttribute(world.home("lib/a.so"), "unix:uid")).isEqualTo(0);
        assertThat(Files.getAttribute(world.home("new/deep/er"), "unix:mode")).isEqualTo(0100751);
        assertThat(Files.getAttribute(world.home("new/deep"), "unix:mode")).isEqualTo(040775);
        assertThat(world.root().resolve("jmx.jar")).hasContent("new jar");
        assertThat(world.root().resolve("units/agent.unit")).hasContent("new unit");
        assertThat(world.layout().state().resolve("definition.verified")).doesNotExist();
    }

    @Test
    void update_modeIsNotTheLists_isTheListsInPlace() throws Exception {
        world.write("home/tmp/latest/tool", "tool", 0755);
        vendor.sign(world, "v2", 20);
        Files.setAttribute(world.staged("tool"), "unix:mode", 0600);

        updated();

        assertThat(Files.getAttribute(world.home("tool"), "unix:mode")).isEqualTo(0100755);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void update_fileChangedAfterSigning_refused(boolean agents) throws Exception {
        vendor.sign(world, "v2", 20);
        Files.writeString(world.staged("lib/a.so"), "bad a");
        ofTheAgent(agents);

        refused("lib/a.so of the release is not what its list of files says");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void update_fileTruncated_refused(boolean agents) throws Exception {
        vendor.sign(world, "v2", 20);
        Files.writeString(world.staged("lib/a.so"), "n");
        ofTheAgent(agents);

        refused("lib/a.so of the release is not complete: expected 5 bytes, found 1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void update_fileMissing_refused(boolean agents) throws Exception {
        vendor.sign(world, "v2", 20);
        Files.delete(world.staged("lib/a.so"));
        ofTheAgent(agents);

        refused("the release is not complete: lib/a.so is missing");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void update_fileThatIsNotListed_refused(boolean agents) throws Exception {
        vendor.sign(world, "v2", 20);
        world.write("home/tmp/latest/lib/b.so", "extra", 0644);
        ofTheAgent(agents);

        refused("holds what the release's list of files does not: lib/b.so");
    }

    @Test
    void update_directoryThatIsNotListed_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        Files.createDirectories(world.staged("lib/empty"));

        refused("holds what the release's list of files does not: lib/empty");
    }

    @Test
    void update_linkInPlaceOfADirectory_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        Files.move(world.staged("lib"), world.root().resolve("elsewhere"));
        Files.createSymbolicLink(world.staged("lib"), world.root().resolve("elsewhere"));

        refused("lib of the release is not what its list of files says: expected a directory, found SYMLINK");
    }

    @Test
    void update_runtimeChanged_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        Files.writeString(world.staged("updater-runtime/lib/modules"), "b runtime");

        refused("updater-runtime/lib/modules");
    }

    @Test
    void update_listIsNotTheStatements_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        Files.writeString(world.staged("lib/a.so"), "bad a");
        vendor.list(world);

        refused("file list: expected the SHA-256");
    }

    @Test
    void update_listMissing_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        Files.delete(world.staged("release/files"));

        refused("release/files is missing");
    }

    @Test
    void update_statementIsALink_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        Files.move(world.staged("release/statement"), world.root().resolve("elsewhere"));
        Files.createSymbolicLink(world.staged("release/statement"), world.root().resolve("elsewhere"));

        refused("release/statement of the staged tree cannot be read");
    }

    @Test
    void update_statementIsLong_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        Files.writeString(world.staged("release/statement"), "x".repeat(1 << 20));

        refused("release/statement of the staged tree cannot be read");
    }

    @Test
    void update_signedByAnotherKey_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        vendor.statement(world, vendor.statement("v2", 20, vendor.list(world)), vendor.other);

        refused("release statement: expected a signature by one of");
    }

    @Test
    void update_anyByteOfTheStatementIsBent_refused() throws Exception {
        vendor.sign(world, "v2", 20);
        byte[] statement = Files.readAllBytes(world.staged("release/statement"));
        for (int i = 40; i < statement.length; i += 7) {
            byte[] bent = statement.clone();
            bent[i] ^= 1;
            Files.write(world.staged("release/statement"), bent);
            refused("release statement");
        }
    }

    @Test
    void update_otherPlatform_refused() throws Exception {
        vendor.platform = "linux-arm64-musl";
        vendor.sign(world, "v2", 20);

        refused("expected the platform 'linux-amd64-glibc', found 'linux-arm64-musl'");
    }

    @Test
    void update_otherProduct_refused() throws Exception {
        vendor.product = "other";
        vendor.sign(world, "v2", 20);

        refused("expected the product 'agent', found 'other'");
    }

    @Test
    void update_expired_refused() throws Exception {
        vendor.expires = vendor.created.plusSeconds(1);
        vendor.sign(world, "v2", 20);

        refused("it expired at", "get the newest statement");
    }

    @Test
    void recover_expiredSinceTheStop_commits() throws Exception {
        vendor.sign(world, "v2", 20);
        assertThat(world.killed(() -> world.points.killAtFirst("look at the clock", "after start"), true))
                .isTrue();
        world.clock.ahead = Duration.ofDays(5000);
        world.writeStatus(0);

        assertThat(world.killed(() -> {}, false)).isFalse();

        assertThat(world.exit).as(() -> world.failure).isZero();
        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(remembered().counter()).isEqualTo(20);
    }

    @Test
    void update_unsigned_installedWhereNothingIsRequired() throws Exception {
        updated();

        assertThat(remembered()).isEqualTo(TrustState.NONE);
        assertThat(world.failure).doesNotContain("\"release\"");
    }

    @Test
    void update_unsignedButRequired_refused() throws Exception {
        world = world("strict", true);

        refused("signed releases are required", "release/statement");

        vendor.list(world);
        refused("signed releases are required");
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing", "truncated", "changed", "extra"})
    void update_unsignedWithAList_isCheckedAllTheSame(String what) throws Exception {
        vendor.list(world);
        switch (what) {
            case "missing" -> Files.delete(world.staged("lib/a.so"));
            case "truncated" -> Files.writeString(world.staged("lib/a.so"), "");
            case "changed" -> Files.writeString(world.staged("lib/a.so"), "bad a");
            default -> world.write("home/tmp/latest/lib/a.so2", "extra", 0644);
        }

        refused("lib/a.so");
    }

    @Test
    void update_unsignedWithACompleteList_installed() throws Exception {
        vendor.list(world);

        updated();
    }

    private void ofTheAgent(boolean agents) throws IOException {
        if (agents) {
            giveHomeToTheAgent();
        }
    }

    /** Whatever the agent's user does to his tree meanwhile, what is installed was signed. */
    @Test
    void update_agentSwapsAFileMeanwhile_neverInstallsOtherBytes() throws Exception {
        Assumptions.assumeTrue(OtherUsersTests.privileged());
        String good = "good".repeat(100_000);
        String bad = "evil".repeat(100_000);
        for (int round = 0; round < 30; round++) {
            world.close();
            world = world("race" + round, true);
            Path file = world.write("home/tmp/latest/big", good, 0644);
            vendor.sign(world, "v2", 20);
            giveHomeToTheAgent();
            int code = racing(file, good, bad);
            if (code == 0) {
                assertThat(world.home("big")).hasContent(good);
            } else {
                assertThat(code).as(() -> world.failure).isEqualTo(5);
                assertThat(world.home("agent")).hasContent(World.OLD);
            }
        }
    }

    private int racing(Path file, String good, String bad) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        List<Path> places = List.of(file, world.layout().work().resolve("staged/big"));
        Thread agent = Thread.ofPlatform().start(() -> {
            for (int i = 0; !ended.get(); i++) {
                for (Path place : places) {
                    try {
                        if (Files.exists(place)) {
                            Files.write(
                                    place,
                                    (i % 2 == 0 ? bad : good).getBytes(StandardCharsets.UTF_8),
                                    StandardOpenOption.WRITE);
                        }
                    } catch (IOException e) {
                        // It was moved away.
                    }
                }
            }
        });
        try {
            return world.update();
        } finally {
            ended.set(true);
            agent.join();
        }
    }
}
