package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.UpdaterLock.Attempt;

@EnabledOnOs(OS.LINUX)
final class UpdaterLockTests {
    @TempDir
    Path temp;

    private String fromAnotherProcess() throws IOException, InterruptedException {
        return ChildJvm.run(List.of(), UpdaterLockMain.class, temp.toString()).output();
    }

    @Test
    void tryAcquire_whileAnotherProcessHoldsIt_tellsWho() throws IOException, InterruptedException {
        try (Directory state = Disk.ofHost().open(temp)) {
            assertThat(fromAnotherProcess()).isEqualTo("acquired\n");
            Attempt attempt = UpdaterLock.tryAcquire(state, "process 1 since noon");
            assertThat(attempt).isInstanceOf(Attempt.Acquired.class);
            assertThat(fromAnotherProcess()).isEqualTo("busy: process 1 since noon\n");
            // What else happens in the state directory must not drop it, whatever it does to the file.
            UpdaterLock.holder(state);
            state.lookup("lock");
            state.attributes("lock");
            state.pin("lock").close();
            assertThat(fromAnotherProcess()).isEqualTo("busy: process 1 since noon\n");
            if (attempt instanceof Attempt.Acquired acquired) {
                acquired.lock().close();
            }
            assertThat(fromAnotherProcess()).isEqualTo("acquired\n");
        }
    }

    @Test
    void tryAcquire_inTheSameProcess_isBusyToo() throws IOException {
        try (Directory state = Disk.ofHost().open(temp)) {
            Attempt first = UpdaterLock.tryAcquire(state, "first");
            assertThat(first).isInstanceOf(Attempt.Acquired.class);
            assertThat(UpdaterLock.tryAcquire(state, "second")).isEqualTo(new Attempt.Busy("first"));
            if (first instanceof Attempt.Acquired acquired) {
                acquired.lock().close();
            }
        }
    }

    /** As on a full disk, on which a recovery needs the lock all the same. */
    @Test
    void tryAcquire_whereNobodyCanBeTold_isAcquiredAndNamesNobodyElse() throws IOException {
        Files.writeString(temp.resolve("holder"), "an earlier one");
        Files.createDirectory(temp.resolve(SmallFile.temporaryName("holder")));
        try (Directory state = Disk.ofHost().open(temp)) {
            Attempt attempt = UpdaterLock.tryAcquire(state, "me");

            assertThat(attempt).isInstanceOf(Attempt.Acquired.class);
            assertThat(UpdaterLock.holder(state)).isEmpty();
            if (attempt instanceof Attempt.Acquired acquired) {
                acquired.lock().close();
            }
        }
    }

    @Test
    void tryAcquire_throughALink_isRefused() throws IOException {
        Path victim = Files.writeString(temp.resolve("victim"), "victim");
        Files.createSymbolicLink(temp.resolve("lock"), victim);
        try (Directory state = Disk.ofHost().open(temp)) {
            assertThatThrownBy(() -> UpdaterLock.tryAcquire(state, "me")).hasMessageContaining("SYMLINK");
        }
        assertThat(victim).hasContent("victim");
    }
}
