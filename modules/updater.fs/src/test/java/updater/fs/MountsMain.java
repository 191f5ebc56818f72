package updater.fs;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Path;
import updater.api.FileEntry;

/** The behaviour of mounts, seen in a process that has its own view of them: {@code name=answer} a line. */
final class MountsMain {
    private MountsMain() {}

    public static void main(String[] arguments) throws IOException {
        Path base = Path.of(arguments[0]);
        Disk disk = Disk.ofHost();
        try (Directory plain = disk.open(base.resolve("plain"));
                Directory bound = disk.open(base.resolve("bound"));
                Directory merged = disk.open(base.resolve("merged"));
                Directory mergedSub = merged.child("sub");
                Directory memory = disk.open(base.resolve("memory"));
                Directory readOnly = disk.open(base.resolve("readonly"))) {
            tell("plain-plain", plain.sameMount(plain));
            tell("plain-bound device", plain.self().device() == bound.self().device());
            tell("plain-bound", plain.sameMount(bound));
            tell("plain-memory", plain.sameMount(memory));
            tell("merged-sub", merged.sameMount(mergedSub));
            tell("merged-plain", merged.sameMount(plain));
            tell("rename across", renameAcross(plain, bound));
            tell("plain writable", plain.writable());
            tell("readonly writable", readOnly.writable());
            tell("memory type", disk.space(base.resolve("memory")).fileSystemType());
            tell("memory inodes", disk.space(base.resolve("memory")).freeInodes());
            tell("merged type", disk.space(base.resolve("merged")).fileSystemType());
            overlay(merged, mergedSub);
            FileEntry copied = FileCopy.copy(mergedSub, "lower", memory, "copy");
            tell("copied", memory.lookup("copy").orElseThrow().mode() == copied.mode());
            memory.delete("copy");
            merged.syncFileSystem();
            memory.syncFileSystem();
            TreeRemoval.remove(merged, "sub");
            tell("merged left", AllNames.of(merged));
        }
    }

    private static void overlay(Directory merged, Directory sub) throws IOException {
        sub.rename("renamed", merged, "renamed");
        tell("overlay file rename", merged.lookup("renamed").isPresent());
        try {
            merged.rename("sub", merged, "sub2");
            tell("overlay directory rename", true);
            merged.rename("sub2", merged, "sub");
        } catch (AtomicMoveNotSupportedException e) {
            tell("overlay directory rename", false);
        }
    }

    private static boolean renameAcross(Directory from, Directory to) throws IOException {
        from.create("file", 0600).close();
        try {
            from.rename("file", to, "moved");
            return true;
        } catch (AtomicMoveNotSupportedException e) {
            return false;
        } finally {
            from.delete("file");
        }
    }

    private static void tell(String name, Object answer) {
        System.out.println(name + "=" + answer);
    }
}
