package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.Os;
import updater.api.UpdateFailure;
import updater.app.host.StateDirectory.PathOwner;
import updater.transaction.context.OwnUser;

/**
 * Real directories are created below a temporary one, but who owns what is made up: it must not depend on who runs the
 * tests, nor on where.
 */
final class StateDirectoryTests {
    private static final PathOwner ROOTS = new PathOwner(0, 0755, true, Optional.empty());

    private Path base;
    private final Map<Path, PathOwner> pretended = new HashMap<>();
    private final StateDirectory directories = new StateDirectory(this::look);

    @BeforeEach
    void useRealPath(@TempDir Path directory) throws IOException {
        base = directory.toRealPath();
    }

    @ParameterizedTest
    @CsvSource({
        "LINUX, /var/lib/agent-updater",
        "MACOS, /Library/Application Support/agent-updater",
        "WINDOWS, C:\\ProgramData\\agent-updater"
    })
    void locate_privileged_isTheSystemsPlace(Os os, Path expected) {
        assertThat(StateDirectory.locate(Products.withStateDirectory(Map.of()), os, true, Path.of("/opt/agent")))
                .isEqualTo(expected);
    }

    @Test
    void locate_unprivileged_isBelowHome() {
        assertThat(StateDirectory.locate(
                        Products.withStateDirectory(Map.of(Os.LINUX, "/srv/state")),
                        Os.LINUX,
                        false,
                        Path.of("/opt/agent")))
                .isEqualTo(Path.of("/opt/agent/.updater"));
    }

    @Test
    void locate_productNamesIt_isExpanded() {
        assertThat(StateDirectory.locate(
                        Products.withStateDirectory(Map.of(Os.LINUX, "[INSTALLDIR]../state")),
                        Os.LINUX,
                        true,
                        Path.of("/opt/agent")))
                .isEqualTo(Path.of("/opt/state"));
    }

    @Test
    void prepare_missing_isCreatedForItsOwnerOnly() throws Exception {
        Path state = base.resolve("lib/agent-updater");

        directories.prepare(state, true, 0);
        directories.prepare(state, true, 0);

        assertThat(permissions(state)).isEqualTo("rwx------");
        assertThat(permissions(state.resolveSibling("."))).isEqualTo("rwxr-xr-x");
    }

    @Test
    void prepare_ownedByOthers_isRefusedNamingItAndTheOwner() throws IOException {
        Path state = Files.createDirectory(base.resolve("state"));
        pretended.put(state, new PathOwner(1000, 0700, true, Optional.empty()));

        refused(state).withMessageContaining(state + " belongs to user id 1000, not to root");
    }

    @Test
    void prepare_ancestorOwnedByOthers_isRefusedBeforeAnythingIsCreated() {
        pretended.put(base, new PathOwner(1000, 0755, true, Optional.empty()));

        refused(base.resolve("state")).withMessageContaining(base + " belongs to user id 1000");
        assertThat(base.resolve("state")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"0775", "0757", "0777"})
    void prepare_ancestorOthersCanWrite_isRefused(String mode) {
        pretended.put(base, new PathOwner(0, Integer.parseInt(mode, 8), true, Optional.empty()));

        refused(base.resolve("state"))
                .withMessageContaining(base + " can be written by others (mode " + mode + ")")
                .satisfies(failure -> assertThat(failure.advice()).contains("chmod go-w " + base));
    }

    @Test
    void prepare_ancestorStickyAndRoots_isAccepted() throws Exception {
        pretended.put(base, new PathOwner(0, 01777, true, Optional.empty()));
        Path state = base.resolve("state");

        directories.prepare(state, true, 0);

        assertThat(permissions(state)).isEqualTo("rwx------");
    }

    @Test
    void prepare_inStickyAncestor_isRefusedWhenMadeByAnother() throws IOException {
        pretended.put(base, new PathOwner(0, 01777, true, Optional.empty()));
        Path state = Files.createDirectory(base.resolve("state"));
        pretended.put(state, new PathOwner(1000, 0700, true, Optional.empty()));

        refused(state).withMessageContaining(state + " belongs to user id 1000, not to root");
    }

    @Test
    void prepare_stickyItself_isRefused() throws IOException {
        Path state = Files.createDirectory(base.resolve("state"));
        pretended.put(state, new PathOwner(0, 01777, true, Optional.empty()));

        refused(state).withMessageContaining("can be written by others (mode 1777)");
    }

    @Test
    void prepare_directoryOthersCanRead_isAccepted() throws IOException {
        Path state = Files.createDirectory(base.resolve("state"));
        pretended.put(state, ROOTS);

        assertThatCode(() -> directories.prepare(state, true, 0)).doesNotThrowAnyException();
    }

    @Test
    void prepare_linkOfRoot_isFollowedAndWhereItLeadsIsChecked() throws Exception {
        Path elsewhere = Files.createDirectories(base.resolve("srv/deep"));
        Files.createSymbolicLink(base.resolve("lib"), Path.of("srv/../srv/deep"));
        pretended.put(base.resolve("lib"), new PathOwner(0, 0777, false, Optional.of(Path.of("srv/../srv/deep"))));

        directories.prepare(base.resolve("lib/state"), true, 0);
        assertThat(elsewhere.resolve("state")).isDirectory();

        pretended.put(base.resolve("srv"), new PathOwner(1000, 0755, true, Optional.empty()));
        refused(base.resolve("lib/state")).withMessageContaining(base.resolve("srv") + " belongs to user id 1000");
    }

    @Test
    void prepare_linkOfOthers_isRefused() throws IOException {
        Path target = Files.createDirectory(base.resolve("target"));
        Path state = Files.createSymbolicLink(base.resolve("state"), target);
        pretended.put(state, new PathOwner(1000, 0777, false, Optional.of(target)));

        refused(state).withMessageContaining(state + " is a symbolic link that does not belong to root");
    }

    @Test
    void prepare_linksInACircle_areRefused() throws IOException {
        Path state = Files.createSymbolicLink(base.resolve("state"), Path.of("state"));
        pretended.put(state, new PathOwner(0, 0777, false, Optional.of(Path.of("state"))));

        refused(state).withMessageContaining("symbolic link");
    }

    @Test
    void prepare_fileInItsPlace_isRefused() throws IOException {
        Path state = Files.createFile(base.resolve("state"));
        pretended.put(state, new PathOwner(0, 0600, false, Optional.empty()));

        refused(state).withMessageContaining(state + " is not a directory");
    }

    @Test
    void prepare_relative_isRefused() {
        refused(Path.of("state")).withMessageContaining("is not an absolute path");
    }

    @Test
    void prepare_unprivileged_onlyItselfIsChecked() throws Exception {
        pretended.put(base, new PathOwner(1, 0777, true, Optional.empty()));
        Path state = base.resolve(".updater");
        pretended.put(state, new PathOwner(1000, 0700, true, Optional.empty()));
        Files.createDirectory(state);

        directories.prepare(state, false, 1000);

        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> directories.prepare(state, false, 1001))
                .withMessageContaining("belongs to user id 1000, not to user id 1001");
    }

    @Test
    void secure_unprivileged_worksOnTheRealDisk() throws Exception {
        Path state = base.resolve(".updater");
        long uid = Integer.toUnsignedLong((Integer) Files.getAttribute(base, "unix:uid"));

        StateDirectory.secure(state, new OwnUser(false, uid));

        assertThat(permissions(state)).isEqualTo("rwx------");
    }

    @Test
    void secure_unprivilegedLink_isRefused() throws IOException {
        Path target = Files.createDirectory(base.resolve("target"));
        Path state = Files.createSymbolicLink(base.resolve(".updater"), target);
        long uid = Integer.toUnsignedLong((Integer) Files.getAttribute(base, "unix:uid"));

        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> StateDirectory.secure(state, new OwnUser(false, uid)))
                .withMessageContaining("is a symbolic link");
    }

    @Test
    void secure_privilegedBelowADirectoryAllCanWrite_isRefused() throws IOException {
        Path open = Files.createDirectory(base.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> StateDirectory.secure(open.resolve("state"), new OwnUser(true, 0)));
        assertThat(open.resolve("state")).doesNotExist();
    }

    @Test
    void prepare_diskFails_isRefusedWithTheReason() {
        StateDirectory failing = new StateDirectory(path -> {
            throw new IOException("Input/output error");
        });

        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> failing.prepare(base.resolve("state"), true, 0))
                .withMessageContaining("Input/output error");
    }

    private org.assertj.core.api.ThrowableAssertAlternative<UpdateFailure.Refused> refused(Path state) {
        return assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> directories.prepare(state, true, 0));
    }

    private Optional<PathOwner> look(Path path) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        return Optional.of(pretended.getOrDefault(path, ROOTS));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
