package updater.fs;

import java.io.IOException;
import java.nio.file.Path;

/** The removal of {@code tree} below the directory given, in a process of its own. */
final class TreeRemovalMain {
    private TreeRemovalMain() {}

    public static void main(String[] arguments) throws IOException {
        try (Directory directory = Disk.ofHost().open(Path.of(arguments[0]))) {
            TreeRemoval.remove(directory, "tree");
        }
        System.out.println("removed");
    }
}
