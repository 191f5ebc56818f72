package updater.app.host;

import static java.nio.file.attribute.AclEntryPermission.ADD_FILE;
import static java.nio.file.attribute.AclEntryPermission.ADD_SUBDIRECTORY;
import static java.nio.file.attribute.AclEntryPermission.DELETE_CHILD;
import static java.nio.file.attribute.AclEntryPermission.LIST_DIRECTORY;
import static java.nio.file.attribute.AclEntryPermission.WRITE_ACL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.marschall.memoryfilesystem.MemoryFileSystemBuilder;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import updater.api.UpdateFailure;

/** Access control lists in memory, as Windows has them on its own directories. */
class WindowsAccessTests {
    private FileSystem windows;
    private UserPrincipal system;
    private UserPrincipal administrators;
    private UserPrincipal users;
    private Path data;
    private Path state;

    @BeforeEach
    void makeHost() throws IOException {
        windows = MemoryFileSystemBuilder.newWindows()
                .addUser("SYSTEM")
                .addUser("Administratoren")
                .addUser("Benutzer")
                .addFileAttributeView(AclFileAttributeView.class)
                .build();
        system = principal("SYSTEM");
        administrators = principal("Administratoren");
        users = principal("Benutzer");
        Path system32 = Files.createDirectories(windows.getPath("C:\\Windows\\System32"));
        data = Files.createDirectories(windows.getPath("C:\\ProgramData"));
        state = data.resolve("agent-updater");
        own(system32, system, allow(administrators, ADD_FILE), allow(users, LIST_DIRECTORY));
        own(windows.getPath("C:\\"), system, allow(users, ADD_SUBDIRECTORY));
        own(data, system, allow(users, ADD_FILE, ADD_SUBDIRECTORY), inherited(users, DELETE_CHILD));
    }

    @AfterEach
    void closeHost() throws IOException {
        windows.close();
    }

    private UserPrincipal principal(String name) throws IOException {
        return windows.getUserPrincipalLookupService().lookupPrincipalByName(name);
    }

    private static AclEntry allow(UserPrincipal who, AclEntryPermission... what) {
        return AclEntry.newBuilder()
                .setType(AclEntryType.ALLOW)
                .setPrincipal(who)
                .setPermissions(what)
                .build();
    }

    private static AclEntry inherited(UserPrincipal who, AclEntryPermission what) {
        return AclEntry.newBuilder(allow(who, what))
                .setFlags(AclEntryFlag.INHERIT_ONLY, AclEntryFlag.DIRECTORY_INHERIT)
                .build();
    }

    private static void own(Path path, UserPrincipal owner, AclEntry... entries) throws IOException {
        AclFileAttributeView view = Files.getFileAttributeView(path, AclFileAttributeView.class);
        view.setOwner(owner);
        view.setAcl(List.of(entries));
    }

    private void prepare() throws Exception {
        new StateDirectory(WindowsAccess.of(windows.getPath("C:\\Windows\\System32"))).prepare(state, true, 0);
    }

    /** New files of this host belong to whoever made the file system; on Windows to SYSTEM or its administrators. */
    private void makeState(UserPrincipal owner, AclEntry... entries) throws IOException {
        own(Files.createDirectory(state), owner, entries);
    }

    @Test
    void create_own_letsNobodyElseIn() throws Exception {
        WindowsAccess.of(windows.getPath("C:\\Windows\\System32")).create(state, true);

        AclFileAttributeView view = Files.getFileAttributeView(state, AclFileAttributeView.class);
        assertThat(view.getAcl()).extracting(AclEntry::principal).containsExactlyInAnyOrder(system, administrators);
        assertThat(view.getAcl()).allSatisfy(entry -> {
            assertThat(entry.permissions()).isEqualTo(EnumSet.allOf(AclEntryPermission.class));
            assertThat(entry.flags()).contains(AclEntryFlag.FILE_INHERIT, AclEntryFlag.DIRECTORY_INHERIT);
        });
    }

    @Test
    void prepare_ofAdministratorsAndClosed_isAccepted() throws Exception {
        makeState(administrators, allow(users, LIST_DIRECTORY));

        assertThatCode(this::prepare).doesNotThrowAnyException();
    }

    @Test
    void prepare_madeByAnotherBeforehand_isRefused() throws Exception {
        makeState(users);

        assertThatThrownBy(this::prepare)
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.advice()).contains("icacls \"C:\\ProgramData\\agent-updater\""));
    }

    @Test
    void prepare_othersMayAddFiles_isRefused() throws Exception {
        makeState(system, allow(users, ADD_FILE));

        assertThatThrownBy(this::prepare).hasMessageContaining("can be written by others");
    }

    @Test
    void prepare_parentWhoseEntriesOthersMayDelete_isRefused() throws Exception {
        own(data, system, allow(users, DELETE_CHILD));
        makeState(system);

        assertThatThrownBy(this::prepare).hasMessageContaining("C:\\ProgramData can be written by others");
    }

    @Test
    void prepare_parentWhoseListOthersMayChange_isRefused() throws Exception {
        own(data, system, allow(users, WRITE_ACL));
        makeState(system);

        assertThatThrownBy(this::prepare).hasMessageContaining("C:\\ProgramData can be written by others");
    }
}
