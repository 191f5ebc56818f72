package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import updater.transaction.world.Contexts;
import updater.transaction.world.Judge;
import updater.transaction.world.Node;
import updater.transaction.world.World;

/** Invariant 6, of the bundle: what cannot be installed is refused, and nothing has changed. */
final class RefusalTests extends RefusedUpdate {
    @Test
    void update_linkInTheBundle_refused() throws Exception {
        Files.createSymbolicLink(world.staged("lib/link"), Path.of("/etc/passwd"));

        refused("the bundle holds a symbolic link: lib/link");
    }

    @Test
    void update_socketInTheBundle_refused() throws Exception {
        Node.plant(world.layout().staged(), List.of(new Node(Node.Kind.SOCKET, "s", 0)));

        refused("the bundle holds a special file", ": s");
    }

    @Test
    void update_setIdBitInTheBundle_refused() throws Exception {
        Files.setAttribute(world.staged("lib/a.so"), "unix:mode", 04755);

        refused("special mode bits (4755) on lib/a.so");
    }

    @Test
    void update_fileWhereHomeHasADirectory_refused() throws Exception {
        world.write("home/data/x", "x", 0644);
        world.write("home/tmp/latest/data", "a file", 0644);

        refused("the bundle has a file where home has a directory: data");
    }

    @Test
    void update_directoryWhereHomeHasAFile_refused() throws Exception {
        world.write("home/data", "a file", 0644);
        world.write("home/tmp/latest/data/x", "x", 0644);

        refused("the bundle has a directory where home has a file: data");
    }

    @Test
    void update_directoryWhereHomeHasALinkToOne_refused() throws Exception {
        Path open = Files.createDirectory(root.resolve("open"));
        Files.setAttribute(open, "unix:mode", 0777);
        Path elsewhere = Files.createDirectory(open.resolve("elsewhere"));
        Files.createSymbolicLink(world.home("data"), elsewhere);
        world.write("home/tmp/latest/data/x", "x", 0644);

        refused(
                "the bundle has a directory where home has a symbolic link that is not followed: data",
                "'mount --bind'");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void update_fileWhereHomeHasALinkOfSomebodyElse_refused() throws Exception {
        assumeThat(world.privileged).isTrue();
        Files.createSymbolicLink(world.home("data"), Path.of("/etc/passwd"));
        Files.setAttribute(world.home("data"), "unix:uid", 65534, LinkOption.NOFOLLOW_LINKS);
        world.write("home/tmp/latest/data", "x", 0644);

        refused("the bundle has a file where home has a symbolic link: data, which leads to /etc/passwd");
    }

    @Test
    void update_stagedFileWithASecondName_refused() throws Exception {
        Files.createLink(world.home("tmp/elsewhere"), world.staged("lib/a.so"));

        refused("lib/a.so has more than one hard link");
    }

    @Test
    void update_stagedTreeMissing_refused() throws Exception {
        World.remove(world.layout().staged());
        Files.createDirectory(world.layout().staged());
        Files.delete(world.layout().staged());
        judge = new Judge(world, calm());

        assertThat(world.update()).isEqualTo(5);
        assertThat(world.failure).contains("there is no staged tree");
        assertThat(world.service.calls()).doesNotContain("stop");
    }

    @Test
    void update_stagedTreeIsALink_refused() throws Exception {
        Path moved = Files.move(world.layout().staged(), root.resolve("home/tmp/moved"));
        Files.createSymbolicLink(world.layout().staged(), moved);

        refused("there is no staged tree");
    }

    @Test
    void update_nothingButLauncherAndRuntime_refused() throws Exception {
        World.remove(world.layout().staged());
        world.write("home/tmp/latest/updater", "#!/bin/sh\n", 0755);
        world.write("home/tmp/latest/updater-runtime/lib/modules", "x", 0644);

        assertThat(world.update()).isEqualTo(5);
        assertThat(world.failure).contains("holds no agent files");
        assertThat(world.service.calls()).doesNotContain("stop");
    }

    @Test
    void update_definitionIsALink_refused() throws Exception {
        Path unit = root.resolve("units/agent.unit");
        Files.move(unit, root.resolve("units/real"));
        Files.createSymbolicLink(unit, Path.of("real"));

        refused("the service definition " + unit + " is not a regular file");
    }

    @Test
    void update_tmpIsALink_refused() throws Exception {
        Files.move(world.layout().tmp(), root.resolve("elsewhere"));
        Files.createSymbolicLink(world.layout().tmp(), root.resolve("elsewhere"));

        refused(world.layout().tmp() + " is not a directory, and no link is followed there");
    }

    /** As protected_hardlinks=0 allows to a file of root's: what replaces it would be set-user-ID root. */
    @Test
    void update_replacedFileWithSetIdBitsAndASecondName_refused() throws Exception {
        Path elsewhere = Files.createFile(root.resolve("elsewhere"));
        Files.setAttribute(elsewhere, "unix:mode", 04755);
        Files.delete(world.home("lib/a.so"));
        Files.createLink(world.home("lib/a.so"), elsewhere);

        refused("special", "more than one hard link", "lib/a.so");
    }

    @Test
    void update_sameFileWithSetIdBitsAndASecondName_isUnchanged() throws Exception {
        replaceWorld(context -> Contexts.with(context, new Hurrying()));
        world.write("home/0/a", "old", 0644);
        world.write("home/tmp/latest/0/a", "new", 0644);
        Path elsewhere = world.write("elsewhere", "new a", 04755);
        Files.delete(world.home("lib/a.so"));
        Files.createLink(world.home("lib/a.so"), elsewhere);
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(Files.isSameFile(world.home("lib/a.so"), elsewhere)).isTrue();
        assertThat(Files.getAttribute(elsewhere, "unix:mode")).isEqualTo(0104755);
        assertThat(world.home("0/a")).hasContent("new");
    }
}
