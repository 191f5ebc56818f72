package updater.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/**
 * The build that this is.
 *
 * @param version the project's version
 * @param commit abbreviated id of the commit it was built from, {@code unknown} outside a checkout
 * @param committed when that commit was made, as ISO-8601 in UTC: building twice gives the same bytes
 */
record Version(String version, String commit, String committed) {
    private static final String UNKNOWN = "unknown";

    /** Returns what the build wrote down; a missing value is {@code unknown} and never an error. */
    static Version load() {
        try (InputStream in = Version.class.getResourceAsStream("build.properties")) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return from(properties);
        } catch (IOException e) {
            return new Version(UNKNOWN, UNKNOWN, UNKNOWN);
        }
    }

    static Version from(Properties properties) {
        return new Version(value(properties, "version"), value(properties, "commit"), value(properties, "committed"));
    }

    /** Returns the line that {@code --version} prints. */
    String line(String product) {
        return product + " updater " + version + " (commit " + commit + " of " + committed + ")";
    }

    private static String value(Properties properties, String key) {
        String value = properties.getProperty(key, "").strip();
        return value.isEmpty() || value.startsWith("${") ? UNKNOWN : value;
    }
}
