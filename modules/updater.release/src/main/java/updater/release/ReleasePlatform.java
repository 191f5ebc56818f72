package updater.release;

import java.util.Locale;
import java.util.Optional;

/** The names of platforms in release statements, such as {@code linux-amd64-glibc}. */
public final class ReleasePlatform {
    private static final int WORDS = 4;

    private ReleasePlatform() {}

    /**
     * Returns the platform that a runtime of the updater is for.
     *
     * @param text of the file {@code platform} in the runtime: system, machine, loader, and version of the C library
     * @return empty where it names none
     */
    public static Optional<String> ofRuntime(String text) {
        String[] words = text.strip().split(" ", -1);
        return words.length != WORDS || words[0].equals("-")
                ? Optional.empty()
                : Optional.of(words[0].toLowerCase(Locale.ROOT) + "-" + machine(words[1]) + "-"
                        + (words[2].contains("musl") ? "musl" : "glibc"));
    }

    /** Returns the name of a machine, from that of its maker's tools. */
    public static String machine(String name) {
        return switch (name) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> name;
        };
    }
}
