package updater.release;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ReleasePlatformTests {
    @Test
    void ofRuntime_namesSystemMachineAndLibrary() {
        assertThat(ReleasePlatform.ofRuntime("Linux x86_64 /lib64/ld-linux-x86-64.so.2 2.34\n"))
                .contains("linux-amd64-glibc");
        assertThat(ReleasePlatform.ofRuntime("Linux aarch64 /lib/ld-musl-aarch64.so.1 -\n"))
                .contains("linux-arm64-musl");
    }

    @Test
    void ofRuntime_thatNamesNone_isEmpty() {
        assertThat(ReleasePlatform.ofRuntime("- - - -\n")).isEmpty();
        assertThat(ReleasePlatform.ofRuntime("")).isEmpty();
    }
}
