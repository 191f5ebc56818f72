package updater.agent.download;

import java.util.OptionalLong;

/** The receiver of a download's progress, once a second at most. */
@FunctionalInterface
public interface ProgressSink {
    /** Takes the bytes that are here, the total where it is known, and the rate since the last call. */
    void progress(long bytes, OptionalLong total, double bytesPerSecond);
}
