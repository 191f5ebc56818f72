package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import updater.testkit.TreeSnapshot;

/**
 * A small agent whose home belongs to an unprivileged user, who has prepared something when root updates it; and a tree of root's
 * beside it that is to stay as it is.
 */
final class AttackedHost implements AutoCloseable {
    static final int UPDATED = 0;
    static final int ROLLED_BACK = 1;
    static final int REFUSED = 5;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String[] OWN = {"home", "state", "old", "new", "runtime", "victim", "outside/log"};

    /** Says when a virtual machine has loaded it. */
    private static final String EVIL = """
        #include <fcntl.h>
        #include <string.h>
        #include <unistd.h>
        __attribute__((constructor)) static void start(void) {
            char self[4096];
            ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
            if (length > 5 && memcmp(self + length - 5, "/java", 5) == 0) {
                close(open("/mnt/disk/victim/loaded", O_WRONLY | O_CREAT, 0644));
            }
        }
        """;

    private final SweepHost host;

    private AttackedHost(SweepHost host) {
        this.host = host;
    }

    static AttackedHost mount(Bundles bundles) throws IOException {
        SweepHost host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree());
        AttackedHost attacked = new AttackedHost(host);
        // A definition of another user's would be refused each time.
        attacked.inside("cp /mnt/disk/old/agent.process /mnt/disk/new/install/; chown -R 65534:65534 /mnt/disk/old");
        // Root runs nothing from a home that another user can change.
        SmallDisk.write(host, "/mnt/runtime-in-state", "");
        Files.writeString(host.disk().at("/mnt/evil.c"), EVIL);
        Path source = Path.of(System.getProperty("basedir", ""))
                .resolve("src/test/c/leases.c")
                .toAbsolutePath();
        Command.run(LIMIT, "gcc", "-o", host.disk().at("/mnt/leases").toString(), source.toString())
                .ok();
        return attacked;
    }

    SweepHost host() {
        return host;
    }

    /** Updates, and returns the exit code. */
    int update(String launch) {
        SmallDisk.write(host, "/mnt/launch", launch);
        return host.update(Fault.NONE);
    }

    /** As {@link #attacked(Attack, String, Runnable)}, with nothing to do before the update. */
    int attacked(Attack attack, String launch) {
        return attacked(attack, launch, () -> {});
    }

    /**
     * Prepares, updates, and asserts that what was expected came of it.
     *
     * @param launch the script that starts the updater
     * @param prepared runs between the two
     * @return the updater's exit code
     */
    int attacked(Attack attack, String launch, Runnable prepared) {
        Attack.Expected expected = attack.expected();
        begin(expected.exits().getFirst() == ROLLED_BACK ? 3 : 0);
        inside(attack.plant(Attack.Places.SWEPT));
        prepared.run();
        TreeSnapshot victim = record("/mnt/disk/victim");
        TreeSnapshot outside = record("/mnt/disk", OWN).ignoringOwnTime();
        TreeSnapshot home = home();
        List<String> agents = host.agents();

        int exit = update(launch);

        String said = host.said() + "\n" + host.log();
        assertThat(record("/mnt/disk/victim").changesSince(victim)).as(said).isEmpty();
        assertThat(record("/mnt/disk", OWN).ignoringOwnTime().changesSince(outside))
                .as(said)
                .isEmpty();
        assertThat(expected.exits()).as(said).contains(exit);
        for (String part : expected.message()) {
            assertThat(said).contains(part);
        }
        if (exit == REFUSED) {
            // A process that an agent has only just begun looks like it.
            assertThat(host.agents()).as(said).isNotEmpty().isSubsetOf(agents);
            assertThat(home().changesSince(home)).as(said).isEmpty();
        } else {
            assertEnded(exit, agents, home, said);
        }
        assertNothingInjected();
        return exit;
    }

    private void assertEnded(int exit, List<String> agents, TreeSnapshot home, String said) {
        assertThat(host.agents()).as(said).hasSize(1).doesNotContainAnyElementsOf(agents);
        if (exit == UPDATED) {
            assertThat(host.lines(SweepHost.HOME + "/VERSION")).as(said).containsExactly("v2");
        } else {
            assertThat(home().changesSince(home)).as(said).isEmpty();
        }
        // What somebody else has in tmp stays there.
        assertThat(host.disk().at(SweepHost.HOME + "/tmp/latest")).as(said).doesNotExist();
        assertThat(host.disk().at(SweepHost.HOME + "/tmp/.updater-staged"))
                .as(said)
                .doesNotExist();
        assertThat(host.disk().at(SweepHost.HOME + "/.updater/staged")).as(said).doesNotExist();
        assertThat(host.disk().at(SweepHost.STATE + "/journal")).as(said).doesNotExist();
    }

    /** The runtime of the try before may be what was prepared. */
    void begin(int report) {
        inside("""
            chattr -f -R -i -a /mnt/disk/home
            chown 0 /mnt/disk
            chmod 0755 /mnt/disk
            rm -rf /mnt/disk/home/tmp /mnt/disk/state
            sed -i 's/^report=[03]$/report=%d/' /mnt/disk/new/agent
            """.formatted(report));
        host.reset();
        inside(Attack.Places.SWEPT.victims());
    }

    void inside(String script) {
        try {
            Command.finish(
                            LIMIT,
                            List.of(script),
                            host.disk().prepare("sh", "-c", script).start())
                    .ok();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TreeSnapshot record(String tree, String... excluded) {
        return TreeSnapshot.of(host.disk().at(tree), excluded);
    }

    /** What an update answers for. */
    private TreeSnapshot home() {
        return record(
                        SweepHost.HOME,
                        "tmp",
                        "log",
                        "updater",
                        ".updater",
                        "package_statuses.json",
                        "storage/deep-tree",
                        "storage/sparse")
                .ignoringOwnTime();
    }

    /** Each line is the updater's own, and a terminal shows it as it is. */
    private void assertNothingInjected() {
        assertThat(host.log() + host.said()).doesNotContain("SECRET-OF-ROOT");
        assertThat(host.log().lines()).allSatisfy(line -> assertThat(line).startsWith("{\"time\":"));
        assertThat(host.log() + host.said()).doesNotMatch("(?s).*[\\x00-\\x09\\x0b-\\x1f\\x7f].*");
    }

    @Override
    public void close() {
        host.close();
    }
}
