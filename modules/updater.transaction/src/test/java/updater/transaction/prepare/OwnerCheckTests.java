package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import updater.api.RefusalCode;

final class OwnerCheckTests {
    private static final Path FILE = Path.of("/opt/agent/lib/modes.json");

    @Test
    void fileOfAnother_isRefusedByItsOwnName_withTheCommand() {
        assertThatThrownBy(() -> OwnerCheck.requireOwned(1000, 0, FILE))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.failure().code()).contains(RefusalCode.NOT_WRITABLE);
                    assertThat(refusal.failure().getMessage())
                            .isEqualTo(FILE + " cannot be replaced by user id 1000: it belongs to root");
                    assertThat(refusal.failure().advice()).contains("'chown 1000 " + FILE + "'");
                });
    }

    @Test
    void ownFile_andAnyOfRootsUpdater_isNot() {
        assertThatCode(() -> {
                    OwnerCheck.requireOwned(1000, 1000, FILE);
                    OwnerCheck.requireOwned(0, 1000, FILE);
                })
                .doesNotThrowAnyException();
    }

    @Test
    void fileOfAnother_thatMayNotBeRead_isRefused_anyOtherFailsAsItDoes() {
        AccessDeniedException denied = new AccessDeniedException(FILE.toString());

        assertThatThrownBy(() -> OwnerCheck.readable(1000, 0, FILE, () -> {
                    throw denied;
                }))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("cannot be read");
        assertThatThrownBy(() -> OwnerCheck.readable(1000, 1000, FILE, () -> {
                    throw denied;
                }))
                .isSameAs(denied);
    }
}
