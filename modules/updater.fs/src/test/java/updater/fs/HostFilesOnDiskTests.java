package updater.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.HomeLayout;
import updater.api.service.HostFiles;
import updater.fs.faulty.FaultyDisk;

@EnabledOnOs(OS.LINUX)
final class HostFilesOnDiskTests {
    @TempDir
    Path temp;

    @TempDir
    Path state;

    private HostFiles files;

    @BeforeEach
    void open() {
        files = on(Disk.ofHost());
    }

    private HostFiles on(Disk disk) {
        return new HostFilesOnDisk(disk, state.resolve("made"));
    }

    @Test
    void write_makesMissingParents_andDeleteRemovesThemAgain() throws IOException {
        Path file = temp.resolve("a/b/guard.service");
        files.write(file, "unit".getBytes(UTF_8), 0644);
        assertThat(file).hasContent("unit");
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100644);
        assertThat(Files.getAttribute(file.getParent(), "unix:mode")).isEqualTo(040755);
        assertThat(files.read(file))
                .hasValueSatisfying(bytes -> assertThat(bytes).asString(UTF_8).isEqualTo("unit"));
        files.write(file, "changed".getBytes(UTF_8), 0755);
        assertThat(file).hasContent("changed");
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100755);
        files.delete(file);
        files.delete(file);
        assertThat(temp.resolve("a/b")).doesNotExist();
        assertThat(temp.resolve("a")).exists();
        assertThat(files.read(file)).isEmpty();
    }

    @Test
    void delete_keepsADirectoryItDidNotMake_orThatIsInUse() throws IOException {
        Path there = Files.createDirectory(temp.resolve("there"));
        files.link(there.resolve("link"), "../x");
        files.delete(there.resolve("link"));
        assertThat(there).isEmptyDirectory();
        files.link(temp.resolve("made/link"), "../x");
        Files.createFile(temp.resolve("made/operators"));
        files.delete(temp.resolve("made/link"));
        assertThat(temp.resolve("made/operators")).exists();
    }

    @Test
    void delete_removesADirectoryThatAnotherProcessMade() throws IOException {
        files.link(temp.resolve("agent.service.wants/guard"), "../guard");
        files.link(temp.resolve("agent.service.wants/second"), "../second");
        on(Disk.ofHost()).delete(temp.resolve("agent.service.wants/guard"));
        assertThat(temp.resolve("agent.service.wants")).exists();
        on(Disk.ofHost()).delete(temp.resolve("agent.service.wants/second"));
        assertThat(temp.resolve("agent.service.wants")).doesNotExist();
        assertThat(state).isEmptyDirectory();
    }

    @Test
    void write_makesTheDirectoryOfItsOwnRecord() throws IOException {
        HostFiles early = new HostFilesOnDisk(Disk.ofHost(), temp.resolve("state/made"));
        early.write(temp.resolve("state/launcher"), new byte[] {1}, 0755);
        assertThat(temp.resolve("state/launcher")).exists();
    }

    @Test
    void link_replacesWhatIsThere() throws IOException {
        Path link = temp.resolve("link");
        files.link(link, "one");
        files.link(link, "two");
        files.link(link, "two");
        assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("two"));
        files.write(link, new byte[] {1}, 0600);
        assertThat(link).isRegularFile();
    }

    @Test
    void write_forcesFileAndDirectory() throws IOException {
        FaultyDisk disk = new FaultyDisk(Disk.ofHost());
        on(disk).write(temp.resolve("a/file"), new byte[] {1}, 0644);
        on(disk).link(temp.resolve("b/link"), "x");
        on(disk).delete(temp.resolve("a/file"));
        assertThat(disk.log())
                .extracting(FaultyDisk.Operation::name)
                .containsSubsequence(
                        "createDirectory",
                        "force",
                        "createFile",
                        "write",
                        "force",
                        "rename",
                        "force",
                        "createDirectory",
                        "force",
                        "symlink",
                        "rename",
                        "force",
                        "delete",
                        "force");
    }

    /** A path that leads to the file itself, whatever becomes of its name. */
    @Test
    void append_ofFileThatIsExchangedMeanwhile_goesToTheFirst() throws IOException {
        Path file = Files.writeString(temp.resolve("out"), "before ");
        Path victim = Files.writeString(temp.resolve("victim"), "victim");
        try (HostFiles.Appended appended = files.append(file)) {
            Files.move(file, temp.resolve("moved"));
            Files.createSymbolicLink(file, victim);
            Files.writeString(appended.path(), "after", StandardOpenOption.APPEND);
        }
        assertThat(temp.resolve("moved")).hasContent("before after");
        assertThat(victim).hasContent("victim");
    }

    @Test
    void append_ofNothing_createsIt() throws IOException {
        try (HostFiles.Appended appended = files.append(temp.resolve("out"))) {
            Files.writeString(appended.path(), "first", StandardOpenOption.APPEND);
        }
        assertThat(temp.resolve("out")).hasContent("first");
        assertThat(Files.getAttribute(temp.resolve("out"), "unix:mode")).isEqualTo(0100640);
    }

    @Test
    void append_ofLinkOrSharedFile_isRefused() throws IOException {
        Path victim = Files.writeString(temp.resolve("victim"), "victim");
        Path link = Files.createSymbolicLink(temp.resolve("link"), victim);
        Path shared = Files.createLink(temp.resolve("shared"), victim);
        assertThatThrownBy(() -> files.append(link))
                .hasMessageContaining("link")
                .hasMessageContaining("not written to");
        assertThatThrownBy(() -> files.append(shared)).hasMessageContaining("not written to");
    }

    @Test
    void write_belowHomeThroughALink_isRefused() throws IOException {
        Path home = Files.createDirectory(temp.resolve("home"));
        Path victim = Files.createDirectory(temp.resolve("victim"));
        Files.createSymbolicLink(home.resolve("log"), victim);
        Files.createDirectories(home.resolve("real/log"));
        HostFiles guarded = on(new GuardedHome(Disk.ofHost(), new HomeLayout(home, temp)));

        assertThatThrownBy(() -> guarded.write(home.resolve("log/agent.pid"), new byte[1], 0644))
                .hasMessageContaining("log");
        assertThatThrownBy(() -> guarded.append(home.resolve("log/agent.out"))).hasMessageContaining("log");
        guarded.write(home.resolve("real/log/agent.pid"), "1".getBytes(UTF_8), 0644);
        guarded.write(home.resolve("agent.pid"), "2".getBytes(UTF_8), 0644);

        assertThat(victim).isEmptyDirectory();
        assertThat(home.resolve("real/log/agent.pid")).hasContent("1");
        assertThat(home.resolve("agent.pid")).hasContent("2");
    }
}
