package updater.packaging;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/**
 * The seed of all that the sweeps draw: {@code -Dsweep.seed}, or else the commit's. So one commit is always tried in the same way, the
 * next one in another, and over the commits everything is.
 */
final class SweepSeed {

    private static final Duration ASKING = Duration.ofSeconds(20);
    private static final int DIGITS = 12;
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    static final long VALUE = given();

    private SweepSeed() {}

    /** Returns the numbers of one sweep: other ones than another sweep's with the same seed. */
    static Random random(String sweep) {
        // Seeds that are close to each other begin alike.
        return new Random((VALUE * 31 + sweep.hashCode()) * GOLDEN);
    }

    private static long given() {
        Long given = Long.getLong("sweep.seed");
        return given == null ? ofCommit() : given;
    }

    /** Without a checkout each run draws anew. */
    private static long ofCommit() {
        // Whoever tests may be somebody else than who owns the checkout.
        Command.Result commit = Command.run(
                ASKING,
                "git",
                "-c",
                "safe.directory=*",
                "-C",
                Path.of(System.getProperty("basedir", "")).toAbsolutePath().toString(),
                "rev-parse",
                "HEAD");
        return commit.exit() == 0 ? Long.parseLong(commit.out().substring(0, DIGITS), 16) : System.nanoTime();
    }
}
