package updater.fs.faulty;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Space;
import updater.testkit.ChannelFaults;
import updater.testkit.FaultyChannel;

/**
 * A disk that counts and logs every operation which changes or forces something, and lets chosen ones fail.
 *
 * <p>A sweep runs once without faults to learn {@link #count()}, and then once for each number. Operations count from 1
 * over all directories opened through this object. Safe for use by several threads.
 */
public final class FaultyDisk implements Disk, ChannelFaults {
    private final Disk disk;
    private final List<Operation> log = new ArrayList<>();
    private Fault before = Fault.NONE;
    private Fault after = Fault.NONE;
    private Consumer<Path> reader = path -> {};

    public FaultyDisk(Disk disk) {
        this.disk = disk;
    }

    /**
     * One operation.
     *
     * @param number counts from 1
     * @param name the method, such as {@code rename}
     * @param path where, for reading
     */
    public record Operation(int number, String name, String path) {
        @Override
        public String toString() {
            return number + " " + name + " " + path;
        }
    }

    /** The fate of an operation: returns to let it go on, or throws what it is to fail with. */
    public interface Fault {
        Fault NONE = operation -> {};

        void strike(Operation operation) throws IOException;

        /** Lets one operation fail with an exception that names it. */
        static Fault at(int number, String reason) {
            return operation -> {
                if (operation.number() == number) {
                    throw new IOException(reason + " at " + operation);
                }
            };
        }

        /** Lets that operation and all after it fail. */
        static Fault from(int number, String reason) {
            return operation -> {
                if (operation.number() >= number) {
                    throw new IOException(reason + " at " + operation);
                }
            };
        }

        /** Ends everything from that operation on, as a process that was killed changes nothing any more. */
        static Fault killAt(int number) {
            return operation -> {
                if (operation.number() >= number) {
                    throw new Killed(operation);
                }
            };
        }
    }

    /** The end of the process: production code must not catch it and go on. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed(Operation operation) {
            super("killed at " + operation);
        }
    }

    /** Asks this fault before each operation: when it throws, the operation does not happen. */
    public synchronized FaultyDisk failingBefore(Fault fault) {
        before = fault;
        return this;
    }

    /** Asks this fault after each operation: when it throws, the operation has happened all the same. */
    public synchronized FaultyDisk failingAfter(Fault fault) {
        after = fault;
        return this;
    }

    /** Tells of every file whose contents are read; that is no operation. */
    public synchronized FaultyDisk tellingReads(Consumer<Path> told) {
        reader = told;
        return this;
    }

    synchronized void reading(Path path) {
        reader.accept(path);
    }

    /** Returns how many operations there were, failed ones included. */
    public synchronized int count() {
        return log.size();
    }

    /** Returns the operations, failed ones included. */
    public synchronized List<Operation> log() {
        return List.copyOf(log);
    }

    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        return new FaultyDirectory(this, disk.open(absoluteDirectory));
    }

    /** Puts a channel that was opened by other means under the same fate. */
    public FileChannel watch(Path path, FileChannel channel) {
        return new FaultyChannel(this, path, channel);
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk.space(path);
    }

    interface Action {
        void run() throws IOException;
    }

    @Override
    public <T> T changing(String name, Path path, Change<T> change) throws IOException {
        Operation operation;
        Fault first;
        Fault last;
        synchronized (this) {
            operation = new Operation(log.size() + 1, name, path.toString());
            log.add(operation);
            first = before;
            last = after;
        }
        first.strike(operation);
        T result = change.make();
        try {
            last.strike(operation);
        } catch (IOException | RuntimeException | Error e) {
            if (result instanceof AutoCloseable closeable) {
                try {
                    closeable.close();
                } catch (Exception alsoFailed) {
                    e.addSuppressed(alsoFailed);
                }
            }
            throw e;
        }
        return result;
    }

    void change(String name, Path path, Action action) throws IOException {
        this.<Object>changing(name, path, () -> {
            action.run();
            return path;
        });
    }
}
