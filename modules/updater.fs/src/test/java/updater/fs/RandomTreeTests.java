package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import updater.api.FileEntry;
import updater.api.FileType;

/** Copies and removes trees of any shape. */
final class RandomTreeTests {
    /** One thing to be made; those that cannot be made, as their name is taken, are left out. */
    record Thing(List<String> path, FileType type, byte[] content, int mode, long seconds, int nanos) {
        @Override
        public String toString() {
            return type + " " + path;
        }
    }

    @Provide
    Arbitrary<List<Thing>> trees() {
        Arbitrary<String> name =
                Arbitraries.of("a", "b", "c", "moved-1", "unusable-1", "ä ö", "\t", "-rf", "a\\b", "😀");
        Arbitrary<Thing> thing = Combinators.combine(
                        name.list().ofMinSize(1).ofMaxSize(6),
                        Arbitraries.of(FileType.REGULAR, FileType.REGULAR, FileType.DIRECTORY, FileType.SYMLINK),
                        Arbitraries.bytes().array(byte[].class).ofMaxSize(5000),
                        Arbitraries.integers().between(0, 07777),
                        Arbitraries.longs().between(0, 4_000_000_000L),
                        Arbitraries.integers().between(0, 999_999_999))
                .as(Thing::new);
        return thing.list().ofMaxSize(25);
    }

    @Property(tries = 60)
    void aCopiedTree_isTheSame_andARemovedOneIsGone(@ForAll("trees") List<Thing> things) throws IOException {
        Path temp = Files.createTempDirectory("updater");
        try (Directory base = Disk.ofHost().open(temp)) {
            base.createDirectory("source", 0700);
            base.createDirectory("copy", 0700);
            try (Directory source = base.child("source");
                    Directory copy = base.child("copy")) {
                things.forEach(thing -> make(temp.resolve("source"), thing));
                copyAll(source, copy);
                assertThat(described(copy)).isEqualTo(described(source));
            }
            TreeRemoval.remove(base, "source");
            TreeRemoval.remove(base, "copy");
            assertThat(AllNames.of(base)).isEmpty();
        } finally {
            Files.delete(temp);
        }
    }

    private static void make(Path root, Thing thing) {
        Path path = root;
        for (String name : thing.path) {
            path = path.resolve(name);
        }
        try {
            Files.createDirectories(path.getParent());
            switch (thing.type) {
                case REGULAR -> Files.setAttribute(Files.write(path, thing.content), "unix:mode", thing.mode | 0400);
                case DIRECTORY -> Files.createDirectory(path);
                case SYMLINK, SPECIAL -> Files.createSymbolicLink(path, root.resolve("a"));
            }
            try (Directory parent = Disk.ofHost().open(path.getParent());
                    Pinned made = parent.pin(path.getFileName().toString())) {
                made.touch(Instant.ofEpochSecond(thing.seconds, thing.nanos));
            }
        } catch (IOException e) {
            // A name is taken by something else: the tree is as good without this one.
        }
    }

    private static void copyAll(Directory source, Directory copy) throws IOException {
        List<Directory> targets = new ArrayList<>(List.of(copy));
        TreeWalk.walk(source, path -> false, new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) throws IOException {
                if (!directory.path().isEmpty()) {
                    String name = name(directory);
                    targets.getLast().createDirectory(name, 0700);
                    targets.add(targets.getLast().child(name));
                }
                return true;
            }

            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                FileCopy.copy(parent, name(entry), targets.getLast(), name(entry));
            }

            @Override
            public void leave(FileEntry directory, Directory opened) throws IOException {
                if (!directory.path().isEmpty()) {
                    try (Directory target = targets.removeLast();
                            Pinned self = target.pinSelf()) {
                        self.chmod(directory.mode());
                        self.touch(directory.stat().modified());
                    }
                }
            }
        });
    }

    private static List<String> described(Directory root) throws IOException {
        List<String> lines = new ArrayList<>();
        TreeWalk.walk(root, path -> false, new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) {
                if (!directory.path().isEmpty()) {
                    lines.add(line(directory, ""));
                }
                return true;
            }

            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                boolean regular = entry.type() == FileType.REGULAR;
                lines.add(line(entry, regular ? Checksum.crc32c(parent, name(entry)) : ""));
            }
        });
        return lines;
    }

    private static String line(FileEntry entry, Object checksum) {
        return String.join(
                " ",
                entry.path(),
                entry.type().toString(),
                Integer.toOctalString(entry.mode()),
                entry.stat().modified().toString(),
                entry.linkTarget().orElse(""),
                checksum.toString());
    }

    private static String name(FileEntry entry) {
        return entry.name();
    }
}
