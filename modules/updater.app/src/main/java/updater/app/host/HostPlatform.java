package updater.app.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.Os;
import updater.release.ReleasePlatform;

/** The name of this host's platform in release statements, such as {@code linux-amd64-glibc}. */
public final class HostPlatform {
    private HostPlatform() {}

    /** Returns the platform that the runtime this process runs from is for: one for another does not run here. */
    public static String of(Path javaHome) {
        return ofRuntime(javaHome)
                .orElseGet(
                        () -> Os.fromProperty(System.getProperty("os.name", "")).key() + "-"
                                + ReleasePlatform.machine(System.getProperty("os.arch", "unknown")) + libc(javaHome));
    }

    /** Returns what the runtime's own file says; empty where there is none, or one that names no platform. */
    private static Optional<String> ofRuntime(Path javaHome) {
        try {
            return ReleasePlatform.ofRuntime(Files.readString(javaHome.resolve("platform")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Without a runtime of the updater's, as in development, a JDK says which C library it was built with. */
    private static String libc(Path javaHome) {
        if (!System.getProperty("os.name", "").startsWith("Linux")) {
            return "";
        }
        try {
            return Files.readString(javaHome.resolve("release")).contains("LIBC=\"musl\"") ? "-musl" : "-glibc";
        } catch (IOException e) {
            return "-glibc";
        }
    }
}
