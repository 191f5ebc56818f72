package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class FailuresTests {
    private static final String NO_SPACE = "No space left on device";
    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;

    @Test
    void isNoSpace_ofNioOrASystemCall_itself() {
        assertThat(Failures.isNoSpace(new FileSystemException("/a", null, NO_SPACE)))
                .isTrue();
        assertThat(Failures.isNoSpace(new IOException(NO_SPACE))).isTrue();
        assertThat(Failures.isNoSpace(new FileSystemException("/a", null, "Disk quota exceeded")))
                .isTrue();
        assertThat(Failures.isNoSpace(Failures.naming(Path.of("/a"), new SystemCallFailed(EDQUOT))))
                .isTrue();
        assertThat(Failures.isNoSpace(Failures.naming(Path.of("/a"), new SystemCallFailed(ENOSPC))))
                .isTrue();
    }

    @Test
    void isNoSpace_whereItIsTheCause_isRecognised() {
        assertThat(Failures.isNoSpace(new UncheckedIOException("prepare", new IOException(NO_SPACE))))
                .isTrue();
    }

    @Test
    void isNoSpace_ofAnythingElse_isNot() {
        assertThat(Failures.isNoSpace(new IOException("Input/output error"))).isFalse();
        assertThat(Failures.isNoSpace(new FileSystemException(NO_SPACE))).isFalse();
        assertThat(Failures.isNoSpace(new IllegalStateException(NO_SPACE))).isFalse();
    }
}
