package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Mounts are made in a namespace of a child process and vanish with it. */
@EnabledOnOs(OS.LINUX)
final class MountsTests {
    private static final String SET_UP = """
            base=$1; shift
            cd "$base"
            mkdir plain bound merged memory readonly lower upper work lower/sub lower/sub/deeper
            echo 1 > lower/sub/lower; echo 2 > lower/sub/renamed; echo 3 > lower/sub/deeper/x
            mount --bind plain bound
            mount -t tmpfs -o size=8m,nr_inodes=1000 memory memory
            mount --bind plain readonly; mount -o remount,bind,ro readonly
            mount -t tmpfs upper upper; mkdir upper/upper upper/work
            mount -t overlay -o lowerdir=lower,upperdir=upper/upper,workdir=upper/work overlay merged
            exec "$@"
            """;

    @TempDir
    Path temp;

    @BeforeEach
    void requireMounts() throws IOException, InterruptedException {
        assumeTrue(ChildJvm.isRoot() && ChildJvm.has("unshare"));
        assumeTrue(
                ChildJvm.run(List.of("unshare", "-m", "mount", "-t", "tmpfs", "x", "/mnt"))
                                .exit()
                        == 0,
                "mounting is not allowed here");
    }

    @Test
    void mounts_areToldApart_evenOfOneDevice() throws IOException, InterruptedException {
        ChildJvm.Result result = ChildJvm.run(
                List.of("unshare", "-m", "/bin/sh", "-euc", SET_UP, "sh", temp.toString()),
                MountsMain.class,
                temp.toString());
        assertThat(result.output().lines())
                .containsExactly(
                        "plain-plain=true",
                        "plain-bound device=true",
                        "plain-bound=false",
                        "plain-memory=false",
                        "merged-sub=true",
                        "merged-plain=false",
                        "rename across=false",
                        "plain writable=true",
                        "readonly writable=false",
                        "memory type=tmpfs",
                        "memory inodes=OptionalLong[999]",
                        "merged type=overlay",
                        "overlay file rename=true",
                        "overlay directory rename=false",
                        "copied=true",
                        "merged left=[renamed]");
    }

    @Test
    void removal_doesNotEnterAnotherMount() throws IOException, InterruptedException {
        ChildJvm.Result result = ChildJvm.run(
                List.of("unshare", "-m", "/bin/sh", "-euc", """
                        base=$1; shift
                        cd "$base"
                        mkdir -p tree/mounted tree/bound tree/other aside; : > tree/other/x; : > aside/precious
                        mount --bind aside tree/bound
                        mount -t tmpfs mounted tree/mounted; : > tree/mounted/precious
                        "$@" > output 2>&1 || :
                        ls tree tree/mounted aside; cat output
                        """, "sh", temp.toString()),
                TreeRemovalMain.class,
                temp.toString());
        assertThat(result.output())
                .startsWith("aside:\nprecious\n\ntree:\nbound\nmounted\n\ntree/mounted:\nprecious\n")
                .contains("tree/mounted: something is mounted there", "tree/bound: something is mounted there");
    }
}
