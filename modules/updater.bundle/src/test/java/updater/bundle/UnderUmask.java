package updater.bundle;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** The library in a process of its own, for tests of what the umask that it was started with does. */
public final class UnderUmask {
    private UnderUmask() {}

    /** Runs {@code unpack BUNDLE DIRECTORY}, or {@code build TIME BUNDLE DIRECTORY}. */
    public static void main(String[] words) throws Exception {
        List<String> rest = List.of(words).subList(1, words.length);
        switch (words[0]) {
            case "unpack" -> new BundleUnpacker().unpack(Path.of(rest.get(0)), Path.of(rest.get(1)));
            case "build" -> {
                BundleBuilder builder = new BundleBuilder(Instant.parse(rest.get(0)));
                builder.add("", Path.of(rest.get(2)));
                builder.write(Path.of(rest.get(1)));
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
    }
}
