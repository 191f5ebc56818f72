package updater.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes how much processor time each test class took into a file with its name, in seconds, as {@link ProcessTree} counts it. Does
 * nothing without the property {@code processor.times}, which names the directory, and where processes cannot be seen.
 */
public final class ProcessorTimes implements TestExecutionListener {

    private final Optional<Path> directory = Optional.ofNullable(System.getProperty("processor.times"))
            .map(Path::of)
            .filter(any -> ProcessTree.isSeen());
    private final Map<String, Long> begun = new HashMap<>();
    private long counted;

    @Override
    public void executionStarted(TestIdentifier test) {
        if (directory.isPresent() && isTopClass(test)) {
            begun.put(test.getUniqueId(), ProcessTree.ticks());
        }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Long before = begun.remove(test.getUniqueId());
        if (before != null) {
            long ticks = ProcessTree.ticks() - before;
            counted += ticks;
            write(test.getSource().map(ClassSource.class::cast).orElseThrow().getClassName(), ticks);
        }
    }

    /** What is in no class: the JVM's start, and the end of what its classes share. */
    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (directory.isPresent()) {
            write("other-" + ProcessHandle.current().pid(), ProcessTree.ticks() - counted);
        }
    }

    private static boolean isTopClass(TestIdentifier test) {
        return test.getSource().filter(ClassSource.class::isInstance).isPresent()
                && test.getUniqueIdObject().getSegments().size() == 2;
    }

    private void write(String name, long ticks) {
        try {
            Path file = Files.createDirectories(directory.orElseThrow()).resolve(name);
            Files.writeString(file, String.format(Locale.ROOT, "%.2f%n", ticks / ProcessTree.TICKS_PER_SECOND));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
