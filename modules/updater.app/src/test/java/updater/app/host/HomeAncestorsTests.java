package updater.app.host;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import updater.api.UpdateFailure;
import updater.app.host.StateDirectory.PathOwner;

final class HomeAncestorsTests {
    private static final Path HOME = Path.of("/srv/agents/agent");

    private final Map<Path, PathOwner> owners = new HashMap<>(Map.of(
            Path.of("/"),
            owner(0, 0755),
            Path.of("/srv"),
            owner(0, 0755),
            Path.of("/srv/agents"),
            owner(0, 0755),
            HOME,
            owner(1000, 0777)));

    private static PathOwner owner(long uid, int mode) {
        return new PathOwner(uid, mode, true, Optional.empty());
    }

    private void check(long user) throws UpdateFailure {
        HomeAncestors.check(HOME, path -> Optional.ofNullable(owners.get(path)), user);
    }

    @Test
    void check_rootsAlone_whoeverOwnsHome() {
        assertThatCode(() -> check(0)).doesNotThrowAnyException();
    }

    @Test
    void check_anyAncestorOfAnotherUser_isRefused() {
        for (String path : new String[] {"/", "/srv", "/srv/agents"}) {
            PathOwner before = owners.put(Path.of(path), owner(1000, 0755));
            assertThatThrownBy(() -> check(0))
                    .isInstanceOf(UpdateFailure.Refused.class)
                    .hasMessageContaining(path + " belongs to user id 1000")
                    .hasMessageContaining("the place of " + HOME);
            owners.put(Path.of(path), before);
        }
    }

    @Test
    void check_ancestorOfTheUnprivilegedUpdatersUser_isHisOwnBusiness() {
        owners.put(Path.of("/srv/agents"), owner(1000, 0755));
        assertThatCode(() -> check(1000)).doesNotThrowAnyException();
        assertThatThrownBy(() -> check(1001)).hasMessageContaining("belongs to user id 1000");
    }

    @Test
    void check_ancestorThatOthersCanWrite_isRefused() {
        for (int mode : new int[] {0775, 0757, 0777}) {
            owners.put(Path.of("/srv"), owner(0, mode));
            assertThatThrownBy(() -> check(0)).hasMessageContaining("/srv can be written by others (mode 0");
        }
    }

    @Test
    void check_stickyAncestor_protectsNamesOfRootOnly() {
        owners.put(Path.of("/srv/agents"), owner(0, 01777));
        assertThatThrownBy(() -> check(0)).hasMessageContaining("can be written by others (mode 1777)");
        owners.put(HOME, owner(0, 0755));
        assertThatCode(() -> check(0)).doesNotThrowAnyException();
    }
}
