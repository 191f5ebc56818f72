package updater.transaction.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Ticker;
import updater.fs.Checksum;
import updater.fs.Directory;
import updater.fs.TreeWalk;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.UpdateContext;
import updater.transaction.world.Contexts;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** However far the first pass gets, both together describe home as it is when the agent has exited, and hold its files. */
final class HomeBackupTests {
    private static final int FILES = 9;
    private static final long NEVER = Long.MAX_VALUE / 2;

    @TempDir
    Path temp;

    /** Goes on by one each time it is looked at. The wall clock is ahead: what was just written seems to be old. */
    private static final class Counting implements Ticker {
        private long looks;

        @Override
        public long nanos() {
            return looks++;
        }

        @Override
        public Instant now() {
            return Instant.now().plusSeconds(5);
        }

        @Override
        public void pause(Duration duration) {
            throw new AssertionError("nobody waits for anything");
        }
    }

    private World world() throws IOException {
        Path root = Files.createDirectory(temp.toRealPath().resolve("world"));
        World world =
                new World(root, Definition.NONE, product -> product, context -> Contexts.with(context, new Counting()));
        World.remove(world.layout().home());
        world.write("home/a", "a", 0600);
        world.write("home/b/changes", "before", 0640);
        world.write("home/b/linked", "linked", 0644);
        world.write("home/c/goes", "goes", 0644);
        world.write("home/d/becomes a file", "inside", 0644);
        world.write("home/e", "becomes a directory", 0644);
        world.write("home/f/noted", "noted", 0644);
        Files.setAttribute(world.home("f/noted"), "user:note", new byte[] {7});
        Files.createSymbolicLink(world.home("g"), Path.of("a"));
        world.write("home/z", "z", 0444);
        Files.createDirectories(world.layout().tmp());
        return world;
    }

    private static void whatTheAgentDoesInBetween(World world) throws IOException {
        world.write("home/b/changes", "after it", 0600);
        Files.delete(world.home("c/goes"));
        world.write("home/c/comes", "comes", 0644);
        World.remove(world.home("d"));
        world.write("home/d", "a file", 0644);
        Files.delete(world.home("e"));
        world.write("home/e/inside", "inside", 0600);
        Files.setAttribute(world.home("e"), "user:note", new byte[] {8});
    }

    /** What a manifest has to say of an entry; of a file's times and place everything, of what a look changes nothing. */
    private record Said(
            String path,
            FileType type,
            long size,
            int mode,
            long inode,
            Instant changed,
            Map<String, Bytes> attributes) {
        static Said of(FileEntry entry) {
            // Home's own directories change with what is put into tmp.
            return new Said(
                    entry.path(),
                    entry.type(),
                    entry.type() == FileType.DIRECTORY ? 0 : entry.size(),
                    entry.mode(),
                    entry.stat().inode(),
                    entry.path().isEmpty() ? Instant.EPOCH : entry.stat().changed(),
                    entry.attributes());
        }
    }

    private static List<Said> tree(Directory home, ManagedPaths scope) throws IOException {
        List<Said> said = new ArrayList<>();
        TreeWalk.walk(home, scope::excludes, new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) throws IOException {
                try (var self = opened.pinSelf()) {
                    said.add(Said.of(directory.withAttributes(self.attributes())));
                }
                return true;
            }

            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                String name = entry.name();
                said.add(Said.of(entry.withAttributes(parent.attributes(name))));
            }
        });
        return said;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, FILES, 100})
    void complete_afterAFirstPassThatGotAsFar_describesAndHoldsHomeAsItIs(int files) throws Exception {
        try (World world = world()) {
            UpdateContext context = world.context();
            WorkDirectory.create(context);
            try (Directory home = context.disk().open(world.layout().home());
                    BackupTree store = new BackupTree(context)) {
                store.create();
                try (Directory in = home.child("b")) {
                    store.link(in, "linked", "b/linked");
                }
                HomeBackup backup = new HomeBackup(context, store);

                backup.bulk(home, files, NEVER);
                assertThat(backup.whole()).isEqualTo(files >= FILES);
                whatTheAgentDoesInBetween(world);
                backup.complete(home);

                List<Said> described = new ArrayList<>();
                try (ManifestReader manifest = HomeBackup.manifest(context)) {
                    for (Optional<ManifestEntry> next = manifest.next(); next.isPresent(); next = manifest.next()) {
                        described.add(Said.of(next.get().file()));
                        assertHeld(world, store, home, next.get().file());
                    }
                }
                assertThat(described)
                        .containsExactlyElementsOf(tree(home, new ManagedPaths(context.product(), world.layout())))
                        .hasSize(14);
                assertThat(backup.inDowntime().copiedBytes()).isPositive();
            }
        }
    }

    private static void assertHeld(World world, BackupTree store, Directory home, FileEntry file) throws IOException {
        if (file.type() != FileType.REGULAR) {
            return;
        }
        Path kept = store.placeOf(file.path()).display();
        assertThat(kept).hasSameBinaryContentAs(world.home(file.path()));
        if (file.checksum().isPresent()) {
            String parent = file.path().contains("/")
                    ? file.path().substring(0, file.path().lastIndexOf('/'))
                    : "";
            String name = file.name();
            long bytes = parent.isEmpty() ? Checksum.crc32c(home, name) : inside(home, parent, name);
            assertThat(file.checksum().getAsLong()).as(file.path()).isEqualTo(bytes);
        } else {
            assertThat(file.path()).isEqualTo("b/linked");
        }
    }

    private static long inside(Directory home, String parent, String name) throws IOException {
        try (Directory directory = home.child(parent)) {
            return Checksum.crc32c(directory, name);
        }
    }
}
