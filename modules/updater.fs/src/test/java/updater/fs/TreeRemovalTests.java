package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import updater.fs.faulty.FaultyDisk;
import updater.fs.faulty.FaultyDisk.Fault;

@EnabledOnOs(OS.LINUX)
final class TreeRemovalTests extends InDirectory {
    private void tree() throws IOException {
        Files.createDirectories(temp.resolve("tree/a/b"));
        Files.createFile(temp.resolve("tree/a/b/x"));
        Files.createFile(temp.resolve("tree/a/y"));
        Files.createFile(temp.resolve("tree/z"));
    }

    @Test
    void remove_takesAllOfATree_andNothingElse() throws IOException, InterruptedException {
        tree();
        Path victim = Files.createDirectory(temp.resolve("victim"));
        Files.createFile(victim.resolve("file"));
        Files.createSymbolicLink(temp.resolve("tree/a/out"), victim);
        Files.createSymbolicLink(temp.resolve("tree/out"), victim.resolve("file"));
        Files.createLink(temp.resolve("tree/hard"), victim.resolve("file"));
        ChildJvm.shell("mkfifo \"$1\"", temp.resolve("tree/fifo"));
        TreeRemoval.remove(directory, "tree");
        assertThat(AllNames.of(directory)).containsExactly("victim");
        assertThat(victim.resolve("file")).exists();
    }

    @Test
    void remove_ofAFileALinkOrNothing_works() throws IOException {
        Files.createFile(temp.resolve("file"));
        Files.createSymbolicLink(temp.resolve("link"), Path.of("file"));
        TreeRemoval.remove(directory, "link");
        assertThat(AllNames.of(directory)).containsExactly("file");
        TreeRemoval.remove(directory, "file");
        TreeRemoval.remove(directory, "file");
        assertThat(AllNames.of(directory)).isEmpty();
    }

    /** What is mounted is tried with real mounts, by the packaged tests. */
    @Test
    void removeEmpty_takesAnEmptyDirectory_andNothingElse() throws IOException {
        Files.createDirectories(temp.resolve("full/empty"));
        Files.createDirectory(temp.resolve("empty"));
        Files.createFile(temp.resolve("file"));
        for (String name : List.of("full", "empty", "file", "nothing", "empty")) {
            TreeRemoval.removeEmpty(directory, name);
        }
        assertThat(AllNames.of(directory)).containsExactlyInAnyOrder("full", "file");
        assertThat(temp.resolve("full/empty")).exists();
    }

    @Test
    void remove_ofATreeDeeperThanAnyPath_works() throws IOException {
        Directory deep = directory;
        deep.createDirectory("tree", 0700);
        deep = deep.child("tree");
        for (int i = 0; i < 3000; i++) {
            String name = "a name of some length " + i;
            deep.createDirectory(name, 0700);
            if (i % 10 == 0) {
                deep.create("file", 0600).close();
            }
            Directory next = deep.child(name);
            deep.close();
            deep = next;
        }
        deep.close();
        TreeRemoval.remove(directory, "tree");
        assertThat(AllNames.of(directory)).isEmpty();
    }

    @Test
    void remove_ofADeepAndWideTree_survivesNamesThatLookMoved() throws IOException {
        Path deep = temp.resolve("tree");
        for (int i = 0; i < 100; i++) {
            deep = deep.resolve("d");
            Files.createDirectories(deep.resolve("moved-1"));
            Files.createDirectories(deep.resolve("moved-2/x/y"));
        }
        Files.createDirectory(temp.resolve("tree/moved-1"));
        TreeRemoval.remove(directory, "tree");
        assertThat(AllNames.of(directory)).isEmpty();
    }

    @Test
    void remove_ofNamesThatAreNotText_works() throws IOException, InterruptedException {
        ChildJvm.shell("""
                cd "$1"; mkdir tree; cd tree
                mkdir "$(printf '\\377')"; cd "$(printf '\\377')"
                : > "$(printf 'a\\200b')"; : > "$(printf 'x\\ny')"; : > "$(printf '\\033[2J')"
                ln -s "$(printf '\\377')" link
                """, temp);
        TreeRemoval.remove(directory, "tree");
        assertThat(AllNames.of(directory)).isEmpty();
    }

    @Test
    void remove_goesOnPastWhatFails_andTellsAtTheEnd() throws IOException {
        tree();
        FaultyDisk faulty = new FaultyDisk(Disk.ofHost()).failingBefore(operation -> {
            if (operation.path().endsWith("/b/x")) {
                throw new IOException("cannot " + operation.name());
            }
        });
        try (Directory through = faulty.open(temp)) {
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> TreeRemoval.remove(through, "tree"))
                    .withMessageContaining(temp.resolve("tree").toString())
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(suppressed -> assertThat(suppressed).hasMessage("cannot delete")));
        }
        try (var left = Files.walk(temp.resolve("tree"))) {
            assertThat(left.map(path -> temp.relativize(path).toString()))
                    .containsExactlyInAnyOrder("tree", "tree/a", "tree/a/b", "tree/a/b/x");
        }
        TreeRemoval.remove(directory, "tree");
        assertThat(AllNames.of(directory)).isEmpty();
    }

    @Test
    void remove_killedAnywhere_isFinishedByTheNext() throws IOException {
        tree();
        FaultyDisk recording = new FaultyDisk(Disk.ofHost());
        try (Directory through = recording.open(temp)) {
            TreeRemoval.remove(through, "tree");
        }
        for (int i = 1; i <= recording.count(); i++) {
            tree();
            FaultyDisk faulty = new FaultyDisk(Disk.ofHost()).failingBefore(Fault.killAt(i));
            try (Directory through = faulty.open(temp)) {
                assertThatThrownBy(() -> TreeRemoval.remove(through, "tree")).isInstanceOf(FaultyDisk.Killed.class);
            }
            TreeRemoval.remove(directory, "tree");
            assertThat(AllNames.of(directory)).isEmpty();
        }
    }

    @Test
    void remove_failingAtAnyOperation_saysSo_andTheNextFinishes() throws IOException {
        tree();
        FaultyDisk recording = new FaultyDisk(Disk.ofHost());
        try (Directory through = recording.open(temp)) {
            TreeRemoval.remove(through, "tree");
        }
        assertThat(recording.count()).isEqualTo(6);
        for (int i = 1; i <= recording.count(); i++) {
            tree();
            FaultyDisk faulty = new FaultyDisk(Disk.ofHost()).failingBefore(Fault.from(i, "I/O error"));
            try (Directory through = faulty.open(temp)) {
                assertThatThrownBy(() -> TreeRemoval.remove(through, "tree")).isInstanceOf(FileSystemException.class);
            }
            TreeRemoval.remove(directory, "tree");
            assertThat(AllNames.of(directory)).isEmpty();
        }
    }

    @Test
    void remove_withoutPermissions_asAnOrdinaryUser_works() throws IOException, InterruptedException {
        assumeTrue(ChildJvm.isRoot() && ChildJvm.has("setpriv"));
        ChildJvm.shell("""
                chmod 711 "$1"; mkdir "$1/own"; cd "$1/own"
                mkdir -p tree/closed/deeper tree/readonly tree/listed; : > tree/closed/deeper/x; : > tree/readonly/x
                : > tree/listed/x; chown -R 65534:65534 .
                chmod 000 tree/closed/deeper tree/closed; chmod 500 tree/readonly; chmod 600 tree/listed
                """, temp);
        ChildJvm.Result result = ChildJvm.run(
                List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
                TreeRemovalMain.class,
                temp.resolve("own").toString());
        assumeTrue(!result.output().contains("ClassNotFoundException"), "classes are not readable for everybody");
        assertThat(result.output()).isEqualTo("removed\n");
        assertThat(temp.resolve("own")).isEmptyDirectory();
    }
}
