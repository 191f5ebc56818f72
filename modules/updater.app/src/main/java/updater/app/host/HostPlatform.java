package updater.app.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import updater.api.Os;

/** The name of this host's platform in release statements, such as {@code linux-amd64-glibc}. */
public final class HostPlatform {
    private HostPlatform() {}

    /** Returns the platform that the runtime this process runs from is for: one for another does not run here. */
    public static String of(Path javaHome) {
        return ofRuntime(javaHome)
                .orElseGet(() -> Os.fromProperty(System.getProperty("os.name", ""))
                                .key() + "-" + machine(System.getProperty("os.arch", "unknown")) + libc(javaHome));
    }

    /** Returns what the runtime's own file says; empty where there is none, or one that names no platform. */
    private static Optional<String> ofRuntime(Path javaHome) {
        try {
            String[] words =
                    Files.readString(javaHome.resolve("platform")).strip().split(" ", -1);
            return words.length != 4 || words[0].equals("-")
                    ? Optional.empty()
                    : Optional.of(words[0].toLowerCase(Locale.ROOT) + "-" + machine(words[1]) + "-"
                            + (words[2].contains("musl") ? "musl" : "glibc"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String machine(String name) {
        return switch (name) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> name;
        };
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
