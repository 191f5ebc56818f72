package updater.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import updater.api.FileEntry;

/** A walk of the directory given, and its removal, in a process of its own that has little memory. */
final class ManyNamesMain {
    private ManyNamesMain() {}

    public static void main(String[] arguments) throws IOException {
        AtomicLong files = new AtomicLong();
        Path tree = Path.of(arguments[0]);
        try (Directory parent = Disk.ofHost().open(tree.getParent());
                Directory directory = Disk.ofHost().open(tree)) {
            TreeWalk.walk(directory, path -> false, new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry entry, Directory opened) {
                    return true;
                }

                @Override
                public void file(FileEntry entry, Directory in) {
                    files.incrementAndGet();
                }
            });
            TreeRemoval.remove(parent, tree.getFileName().toString());
        }
        System.out.println("visited " + files);
    }
}
