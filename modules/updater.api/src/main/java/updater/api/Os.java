package updater.api;

import java.util.Locale;

/** An operating system family that a product descriptor distinguishes. */
public enum Os {
    LINUX,
    MACOS,
    WINDOWS;

    /** Returns the member name used for this system in product descriptors: {@code linux}, {@code macos}, {@code windows}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the system that {@code os.name} stands for.
     *
     * @throws IllegalArgumentException for a system no bundle can be built for
     */
    public static Os fromProperty(String osName) {
        String name = osName.toLowerCase(Locale.ROOT);
        if (name.startsWith("linux")) {
            return LINUX;
        }
        if (name.startsWith("mac")) {
            return MACOS;
        }
        if (name.startsWith("windows")) {
            return WINDOWS;
        }
        throw new IllegalArgumentException("unknown operating system '" + osName + "'");
    }
}
