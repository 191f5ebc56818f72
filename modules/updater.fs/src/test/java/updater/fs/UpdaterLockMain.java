package updater.fs;

import java.io.IOException;
import java.nio.file.Path;

/** An attempt to get the lock, in a process of its own, which prints the result. */
final class UpdaterLockMain {
    private UpdaterLockMain() {}

    public static void main(String[] arguments) throws IOException {
        try (Directory state = Disk.ofHost().open(Path.of(arguments[0]))) {
            System.out.println(
                    switch (UpdaterLock.tryAcquire(state, "child")) {
                        case UpdaterLock.Attempt.Acquired acquired -> "acquired";
                        case UpdaterLock.Attempt.Busy busy -> "busy: " + busy.holder();
                    });
        }
    }
}
