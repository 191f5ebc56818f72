package updater.transaction;

import java.io.IOException;
import java.nio.file.Path;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.ForwardingDirectory;
import updater.fs.Pinned;
import updater.fs.Space;

/** A disk on which somebody does something right before a jar is opened that was looked at before. */
record ExchangingDisk(Disk disk, Exchange exchange) implements Disk {
    /** What is done. */
    interface Exchange {
        void run() throws IOException;
    }

    @Override
    public Directory open(Path absolute) throws IOException {
        return new Exchanged(disk.open(absolute), exchange);
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk.space(path);
    }

    private static final class Exchanged extends ForwardingDirectory {
        private final Exchange exchange;

        Exchanged(Directory directory, Exchange exchange) {
            super(directory);
            this.exchange = exchange;
        }

        @Override
        public Directory child(String name) throws IOException {
            return new Exchanged(directory.child(name), exchange);
        }

        @Override
        public Pinned pin(String name) throws IOException {
            if (name.equals("agent.jar") && display().endsWith("home/lib")) {
                exchange.run();
            }
            return directory.pin(name);
        }

        @Override
        public void rename(String name, Directory to, String newName) throws IOException {
            directory.rename(name, below(to), newName);
        }

        @Override
        public void link(String name, Directory to, String newName) throws IOException {
            directory.link(name, below(to), newName);
        }

        @Override
        public boolean sameMount(Directory other) throws IOException {
            return directory.sameMount(below(other));
        }
    }
}
