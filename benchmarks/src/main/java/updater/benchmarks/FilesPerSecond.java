package updater.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import updater.api.FileEntry;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.TreeWalk;

/**
 * The microbenchmarks: files a second, with the compiler and the collector that the shipped runtime has. One invocation is the
 * whole tree.
 *
 * <p>An updater does each of these once in its life and never gets warm, so a first run costs more than what is measured here:
 * the downtime measurement ({@code tools/bench}) tells.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgs = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m", "--enable-native-access=ALL-UNNAMED"})
public class FilesPerSecond {
    private static final int FILES = 5_000;

    private MicrobenchmarkTree tree;

    /** Makes a home and a staged tree of as many files, all different. */
    @Setup(Level.Trial)
    public void make() throws IOException, UpdateFailure {
        tree = MicrobenchmarkTree.make(FILES);
    }

    @TearDown(Level.Trial)
    public void remove() throws IOException {
        tree.remove();
    }

    /** Lists every directory and looks at every inode. */
    @Benchmark
    @OperationsPerInvocation(FILES)
    public long walk() throws IOException {
        long[] count = {0};
        TreeWalk.walk(tree.home(), path -> path.equals("tmp/"), new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) {
                return true;
            }

            @Override
            public void file(FileEntry entry, Directory parent) {
                count[0]++;
            }
        });
        return count[0];
    }

    /** Removes before each planning what the one before it has linked. */
    @State(Scope.Thread)
    public static class Unplanned {
        private MicrobenchmarkTree tree;

        /** Leaves no backup, as an update finds it. */
        @Setup(Level.Invocation)
        public void forget(FilesPerSecond benchmark) throws IOException {
            tree = benchmark.tree;
            tree.forget();
        }
    }

    /** Compares contents, dresses the staged files, links the old ones into the backup and writes the journal. */
    @Benchmark
    @OperationsPerInvocation(FILES)
    public long plan(Unplanned unplanned) throws IOException, UpdateFailure {
        return unplanned.tree.plan().files().replaced();
    }

    /** Completes the manifest as it is done while the agent is down: nothing has changed since the first pass. */
    @Benchmark
    @OperationsPerInvocation(FILES)
    public long compare() throws IOException {
        return tree.completeManifest();
    }
}
