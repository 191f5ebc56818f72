package updater.app.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The platform of this host, as statements about releases name it. */
public final class HostPlatform {
    private static final int WORDS = 4;

    private HostPlatform() {}

    /** Returns the platform that a runtime is for, which is the one it runs on, such as {@code linux-amd64-glibc}. */
    public static String of(Path runtime) {
        try {
            String[] words = Files.readString(runtime.resolve("platform"), StandardCharsets.UTF_8)
                    .strip()
                    .split(" ", -1);
            if (words.length == WORDS && !words[0].equals("-")) {
                return words[0].toLowerCase(Locale.ROOT) + "-" + machine(words[1]) + "-"
                        + (words[2].contains("musl") ? "musl" : "glibc");
            }
        } catch (IOException e) {
            // A runtime that was not made by the build, as in tests.
        }
        String library =
                Files.exists(Path.of("/lib/ld-musl-" + System.getProperty("os.arch", "") + ".so.1")) ? "musl" : "glibc";
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT) + "-"
                + machine(System.getProperty("os.arch", "")) + "-" + library;
    }

    private static String machine(String name) {
        return switch (name) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> name;
        };
    }
}
