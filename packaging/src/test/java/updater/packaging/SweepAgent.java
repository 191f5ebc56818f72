package updater.packaging;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.stream.Stream;
import updater.api.UpdateFailure;
import updater.bundle.BundleLayout;
import updater.state.document.ProductJson;

/**
 * The two versions of a small agent with everything in its tree, and their runtime, on a disk.
 *
 * @param vendor whether its vendor has hooks run, migrates the operator's configuration, and has versions on probation; there
 *     a link is in the place of a file
 */
record SweepAgent(SweepDisk disk, boolean vendor) {

    /** The old one leaves a status as it is. */
    private static final int UNDER_WAY = 2;

    /** Files that are replaced besides those of every kind: more of the same, for whoever wants it. */
    private static final int MANY = Integer.getInteger("sweep.files", 0);

    private static final Duration COPYING = Duration.ofMinutes(1);
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_500_000_000_123L);

    private static final String PRODUCT = """
        {"name": "agent", "package": "agent", "home": {"linux": {"directory": "/mnt/disk/home"}},
         "state-directory": {"linux": "/mnt/disk/state"},
         "services": {"process": {"name": "agent", "definition": "install/agent.process",
                                  "installed": "[INSTALLDIR]agent.process"}},
         "preserved": ["config.yaml"],
         "health": {"window-ms": 5000, "poll-ms": 10, "settle-ms": 50}}
        """;

    private static final String VENDORS_PRODUCT = PRODUCT.replace("\"settle-ms\": 50}", """
        "settle-ms": 50, "probation-ms": 3600000},
         "migrations": [{"file": "config.yaml", "argv": ["[STAGED]migrate", "[INSTALLDIR]config.yaml"]}],
         "hooks": {"before-stop": [{"argv": ["[HOOKS]note", "before-stop"]}],
                   "after-start": [{"argv": ["[HOOKS]note", "after-start"]}],
                   "after-rollback": [{"argv": ["[HOOKS]note", "after-rollback"]}]}""");

    private static final String STATUS = """
        {"all_packages_hash":"eA==","package_states":{"agent":{"name":"agent","agent_version":"v1","server_version":"v2","status":2,"error_message":""}}}
        """;

    /** What the operator has written, and what it is migrated to. */
    static final String CONFIGURATION = "of v1";

    static final String MIGRATED = "of v1, for v2";

    /**
     * Writes all of it.
     *
     * @param report what the new agent reports: 0 installed, 3 failed
     * @param runtime launcher and runtime of the packaged tarball
     */
    void write(int report, Path runtime) throws IOException, InterruptedException {
        copyRuntime(runtime);
        writeOld();
        writeNew(report);
        Files.copy(disk.at("/mnt/disk/new/updater"), disk.at("/mnt/disk/old/updater"));
        disk.prepare("sh", "-c", """
            cd /mnt/disk
            setfattr -n user.note -v kept old/VERSION
            setfattr -n trusted.note -v kept old/plugins/same.yaml
            chown 65534:65534 old/plugins/owned.yaml
            chmod 0600 old/plugins/owned.yaml
            chmod 0750 old/plugins
            find old new -name '*.yaml' -exec touch -d '2020-01-02 03:04:05.678901234' {} +
            """).start().waitFor();
    }

    private void copyRuntime(Path runtime) throws IOException {
        Path copy = disk.at("/mnt/runtime");
        Command.run(COPYING, "cp", "-a", runtime.resolve("updater-runtime").toString(), copy.toString())
                .ok();
        String described = vendor ? VENDORS_PRODUCT : PRODUCT;
        write("/mnt/runtime/" + Path.of(BundleLayout.PRODUCT).getFileName(), described);
        if (vendor) {
            program("/mnt/runtime/hooks/note", "echo \"$*\" >>/mnt/hooks.ran");
        }
        Fault.compile(disk.at("/mnt/faults.so"));
        Files.writeString(
                copy.resolve("environment"),
                "LD_PRELOAD=/mnt/faults.so\nFAULTS=/mnt/faults\nFAULTS_BELOW=" + SweepHost.HOME + ":" + SweepHost.STATE
                        + "\nFAULTS_EXCEPT=/log/updater.log\n");
        try (Stream<Path> files = Files.walk(copy)) {
            Files.writeString(
                    disk.at("/mnt/runtime-files"),
                    files.filter(Files::isRegularFile).count() + "\n");
        }
        Files.createDirectories(disk.at("/mnt/disk/new"));
        try {
            Launcher.write(
                    runtime.resolve("updater"),
                    ProductJson.read(described.getBytes(StandardCharsets.UTF_8), "product"),
                    disk.at("/mnt/disk/new/updater"));
        } catch (UpdateFailure e) {
            throw new AssertionError(e);
        }
    }

    private void writeOld() throws IOException {
        common("/mnt/disk/old", "v1", UNDER_WAY);
        write("/mnt/disk/old/agent.process", definition("v1"));
        write("/mnt/disk/old/package_statuses.json", STATUS);
        write("/mnt/disk/old/plugins/owned.yaml", "owned");
        write("/mnt/disk/old/plugins/old only.yaml", "old");
        write("/mnt/disk/old/storage/deep/er/état\nline", "data");
        Files.createDirectories(disk.at("/mnt/disk/old/storage/empty"));
        Files.createDirectories(disk.at("/mnt/disk/old/log"));
        Files.createSymbolicLink(disk.at("/mnt/disk/old/current"), Path.of("plugins/same.yaml"));
        Files.createSymbolicLink(disk.at("/mnt/disk/old/dangling"), Path.of("/nowhere/at/all"));
        if (vendor) {
            // What is written through it shows in home.
            Files.createSymbolicLink(disk.at("/mnt/disk/old/plugins/linked"), Path.of("same.yaml"));
        }
        Files.createLink(disk.at("/mnt/disk/old/storage/twin"), disk.at("/mnt/disk/old/plugins/old only.yaml"));
        Files.setLastModifiedTime(disk.at("/mnt/disk/old/storage/empty"), LONG_AGO);
    }

    private void writeNew(int report) throws IOException {
        common("/mnt/disk/new", "v2", report);
        write("/mnt/disk/new/plugins/owned.yaml", "owned, of the new version");
        write("/mnt/disk/new/plugins/added/new.yaml", "new");
        if (vendor) {
            write("/mnt/disk/new/plugins/linked", "a file in the place of a link");
            program("/mnt/disk/new/migrate", "printf '%s, for v2' \"$(cat \"$1\")\"");
        }
    }

    private void common(String tree, String version, int report) throws IOException {
        write(
                tree + "/agent",
                MountHolder.resource("sweep-agent")
                        .replace("VERSION", version)
                        .replace("REPORT", Integer.toString(report)));
        makeExecutable(tree + "/agent");
        write(tree + "/VERSION", version + "\n");
        write(tree + "/config.yaml", "of " + version);
        write(tree + "/plugins/same.yaml", "same");
        for (int i = 0; i < MANY; i++) {
            write(tree + "/many/" + i / 25 + "/file " + i, version + " " + i);
        }
        write(tree + "/install/agent.process", definition(version));
    }

    private static String definition(String version) {
        return "# of " + version + "\ncommand = [INSTALLDIR]agent\nstop-timeout-ms = 5000\n";
    }

    private void program(String file, String line) throws IOException {
        write(file, "#!/bin/sh\n" + line + "\n");
        makeExecutable(file);
    }

    private void makeExecutable(String file) throws IOException {
        Files.setPosixFilePermissions(disk.at(file), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void write(String file, String content) throws IOException {
        Path path = disk.at(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }
}
