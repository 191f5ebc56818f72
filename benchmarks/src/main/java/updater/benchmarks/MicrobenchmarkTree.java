package updater.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.SystemTicker;
import updater.api.UpdateFailure;
import updater.api.Versions;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.HostFilesOnDisk;
import updater.state.document.ProductJson;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord;
import updater.state.log.LogChannels;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.HomeBackup;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;
import updater.transaction.prepare.ContentComparer;
import updater.transaction.prepare.LastShipped;
import updater.transaction.prepare.Plan;
import updater.transaction.prepare.Planner;
import updater.transaction.prepare.ShippedWriter;

/** A home and a staged tree with as many files, and the parts of an update that look at each of them. */
final class MicrobenchmarkTree {
    private static final int BYTES = 1_000;
    private static final int IN_ONE_DIRECTORY = 500;

    private final Path root;
    private final HomeLayout layout;
    private final UpdateContext context;
    private final Directory home;
    private final HomeBackup backup;

    private MicrobenchmarkTree(Path root, HomeLayout layout, UpdateContext context, Directory home) {
        this.root = root;
        this.layout = layout;
        this.context = context;
        this.home = home;
        this.backup = new HomeBackup(context, new BackupTree(context));
    }

    static MicrobenchmarkTree make(int files) throws IOException, UpdateFailure {
        Path root = Files.createTempDirectory("updater-benchmark").toRealPath();
        HomeLayout layout = new HomeLayout(root.resolve("home"), root.resolve("state"));
        Files.createDirectories(layout.state());
        write(layout.home(), files, 1);
        write(layout.staged(), files, 2);
        Disk disk = Disk.ofHost();
        UpdateContext context = new UpdateContext(
                product(),
                layout,
                new UpdateContext.Manager("none", noService()),
                disk,
                LogChannels.ofFileSystem(),
                new HostFilesOnDisk(disk),
                new SystemTicker());
        MicrobenchmarkTree tree = new MicrobenchmarkTree(root, layout, context, disk.open(layout.home()));
        tree.plan();
        long never = System.nanoTime() + Duration.ofDays(1).toNanos();
        tree.backup.bulk(tree.home, never, never);
        return tree;
    }

    private static void write(Path tree, int files, int content) throws IOException {
        byte[] bytes = new byte[BYTES];
        Arrays.fill(bytes, (byte) content);
        for (int i = 0; i < files; i++) {
            Path directory = tree.resolve("lib/" + i / IN_ONE_DIRECTORY);
            if (i % IN_ONE_DIRECTORY == 0) {
                Files.createDirectories(directory);
            }
            Path file = Files.write(directory.resolve("part-" + i), bytes);
            Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2025-01-01T00:00:00Z")));
        }
    }

    private static Product product() throws UpdateFailure {
        return ProductJson.read("""
                {
                  "name": "agent",
                  "package": "agent",
                  "home": {"linux": {"directory": "/opt/agent"}},
                  "services": {"none": {"name": "agent", "definition": "install/agent"}},
                  "retention": {"kept-bytes": 1048576, "days": 0}
                }
                """.getBytes(UTF_8), "of the benchmarks");
    }

    /** None of the parts asks for the service unless something is wrong with the tree. */
    private static ServiceManager noService() {
        return (ServiceManager) Proxy.newProxyInstance(
                ServiceManager.class.getClassLoader(),
                new Class<?>[] {ServiceManager.class},
                (proxy, method, words) -> {
                    throw new AssertionError("no benchmark needs " + method);
                });
    }

    Directory home() {
        return home;
    }

    /** Removes what planning has made. */
    void forget() throws IOException {
        StagedTree.putBack(context);
        BackupTree.discard(context);
    }

    /** Plans the update. */
    Plan plan() throws IOException, UpdateFailure {
        Files.deleteIfExists(layout.journal());
        ServiceFacts facts = new ServiceFacts(true, "enabled", List.of(), Duration.ofSeconds(1), "");
        JournalRecord.Begin begin = new JournalRecord.Begin(
                new JournalRecord.Begin.Writer(JournalRecord.FORMAT, "benchmark"),
                "1",
                Instant.EPOCH,
                context.product(),
                layout,
                new JournalRecord.Begin.Before("none", facts, Optional.empty(), "boot"),
                new Versions("1", "2"));
        try (Journal journal = Journal.create(layout.journal(), begin, context.clock(), context.logs());
                BackupTree store = new BackupTree(context);
                OutsideBackup outside = new OutsideBackup(context)) {
            WorkDirectory.create(context);
            store.create();
            StagedTree staged = StagedTree.claim(context);
            ContentComparer comparing = new ContentComparer(context.clock(), Long.MAX_VALUE);
            try (Planner planner = new Planner(context, staged, journal, store, outside);
                    ShippedWriter shipped = ShippedWriter.create(context)) {
                Plan plan = planner.plan(home, comparing, LastShipped.read(context), shipped);
                journal.complete();
                return plan;
            }
        }
    }

    long completeManifest() throws IOException {
        Files.deleteIfExists(StateFiles.changes(layout));
        backup.complete(home);
        return Files.size(StateFiles.changes(layout));
    }

    void remove() throws IOException {
        home.close();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}
