package updater.transaction.prepare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.VendorCommands.Migration;
import updater.api.service.Commands;
import updater.api.service.Quotation;
import updater.api.service.ServiceState;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.json.Printable;
import updater.processes.ProcessUser;
import updater.state.journal.Journal;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.AgentCommands;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;

/**
 * The migrations of files that are the operator's: a command of the new version reads one and prints what is to take its
 * place. That becomes a step like any other, which is journalled, undone and proven; the command itself changes nothing, and
 * runs as the agent's user while the old agent does.
 */
public record Migrations(UpdateContext context, AgentCommands commands, StagedTree staged, EventLog log) {
    /** What commands print is cut there, and nobody edits a larger file. */
    private static final int LONGEST = (1 << 20) - 1;

    private static final int OWNER_ALL = 0700;
    private static final char UNDECODABLE = '\uFFFD';

    /** Returns whether a step places what a file of the operator was migrated to. */
    public static boolean isOne(Step.PlaceFile step) {
        return step.source().path().startsWith(HomeLayout.MIGRATED + "/");
    }

    /**
     * Plans the migrations, a step each of those that change something. What an update takes back is as it was then.
     *
     * @return the files as they are, by their paths in home
     * @throws UpdateFailure.Refused when one fails
     */
    List<FileEntry> plan(Journal journal, BackupTree backup) throws UpdateFailure, IOException {
        List<Migration> all = staged.previous()
                ? List.of()
                : context.product().terms().commands().migrations();
        List<FileEntry> migrated = new ArrayList<>();
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            for (Migration migration : all) {
                Optional<Found> found = find(migration, opened);
                if (found.isPresent()) {
                    plan(migration, found.get(), journal, backup, migrated);
                }
            }
        } catch (Refusal refusal) {
            throw refusal.failure();
        }
        return migrated;
    }

    /**
     * A file to be migrated, and the directory that it lies in. All of it is of one inode: who owns home may give the name to
     * another one at any time, one with capabilities for example.
     */
    private record Found(
            Directory parent, Place place, FileEntry entry, Bytes content, Map<String, Bytes> attributes) {}

    private Optional<Found> find(Migration migration, DirectoryChain opened) throws IOException, UpdateFailure {
        Place place = new Place(context.layout().home(), migration.file());
        try {
            Directory parent = opened.parent(place);
            try (Pinned file = parent.pin(place.name())) {
                FileEntry there = file.entry();
                if (there.type() != FileType.REGULAR || there.size() > LONGEST) {
                    if (there.type() == FileType.SYMLINK) {
                        throw failed(
                                migration,
                                "it is a symbolic link, to "
                                        + there.linkTarget().orElse("nothing") + ", and none is followed",
                                "See where it leads with 'readlink -f " + place.display()
                                        + "', and put that file itself in its place");
                    }
                    throw failed(
                            migration,
                            "what is there is no file of at most " + LONGEST + " bytes",
                            "Look at what it is");
                }
                ByteBuffer content = ByteBuffer.allocate((int) there.size());
                file.readStart(content);
                return Optional.of(new Found(
                        parent,
                        place,
                        there,
                        Bytes.of(Arrays.copyOf(content.array(), content.position())),
                        file.attributes()));
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    private void plan(Migration migration, Found found, Journal journal, BackupTree backup, List<FileEntry> migrated)
            throws UpdateFailure, IOException {
        byte[] content = printed(migration, found);
        if (content.length == 0 || Bytes.of(content).equals(found.content())) {
            log.info("nothing to migrate", "path", migration.file());
            return;
        }
        String name = found.place().name();
        FlagCheck.requireReplaceable(found.parent(), name, found.place().display());
        if (!FlagCheck.writable(found.parent())) {
            throw Refusal.notWritable(context, found.parent());
        }
        Place source = WorkDirectory.place(context, HomeLayout.MIGRATED + "/" + migrated.size());
        boolean byRename = write(source, content, found);
        backup.link(found.parent(), name, migration.file());
        FileEntry now = found.parent().lookup(name).orElseThrow();
        if (!isSame(now, found.entry())) {
            throw failed(migration, "it was changed meanwhile", "Start the update again");
        }
        journal.planned(new Step.PlaceFile(
                source, found.place(), backup.placeOf(migration.file()), true, byRename, content.length));
        log.info("migrates", "path", migration.file(), "bytes", content.length);
        migrated.add(now.withPath(migration.file()));
    }

    /** Writes what takes the place, with all that the file has; returns whether it can be renamed there. */
    private boolean write(Place source, byte[] content, Found found) throws IOException {
        try (Directory work = WorkDirectory.open(context)) {
            create(work);
            try (Directory in = work.child(HomeLayout.MIGRATED);
                    Pinned file = in.createFile(source.name())) {
                try (FileChannel out = file.write()) {
                    ByteBuffer bytes = ByteBuffer.wrap(content);
                    while (bytes.hasRemaining()) {
                        out.write(bytes);
                    }
                }
                FileEntry there = found.entry();
                PlacedInodes.give(
                        file,
                        new PlacedInodes.Wanted(
                                there.stat().uid(),
                                there.stat().gid(),
                                there.mode(),
                                Optional.of(found.attributes()),
                                false));
                return in.sameMount(found.parent());
            }
        }
    }

    private static void create(Directory work) throws IOException {
        try {
            work.createDirectory(HomeLayout.MIGRATED, OWNER_ALL);
        } catch (FileAlreadyExistsException e) {
            // Another file was migrated before.
        }
    }

    private byte[] printed(Migration migration, Found found) throws UpdateFailure, IOException {
        ServiceState state = context.service().state();
        ProcessUser user;
        try {
            user = commands.agent(context, state);
        } catch (UpdateFailure.Service e) {
            throw failed(migration, String.valueOf(e.getMessage()), e.advice());
        }
        requireItsOwn(migration, found, user);
        Optional<StagedSandbox> sandbox = StagedSandbox.of(context, commands, staged, user);
        if (sandbox.isEmpty()) {
            throw failed(
                    migration,
                    "this host lets the updater mount nothing, and the agent's user may not enter the staged tree",
                    "Run the updater where it may mount");
        }
        Commands.Result result;
        try {
            result = commands.run(
                    sandbox.get().prefix(),
                    user,
                    sandbox.get().words(migration.command(), context),
                    migration.command().bound());
        } catch (UpdateFailure.Service e) {
            throw failed(migration, String.valueOf(e.getMessage()), e.advice());
        }
        if (!result.succeeded()) {
            String said = Printable.text(Quotation.ofErrors(result));
            throw failed(
                    migration,
                    "its command ended with " + result.exit() + (said.isEmpty() ? "" : ": " + said),
                    "Mend what it complains of, or get another bundle; the agent was not stopped");
        }
        byte[] content = result.out().getBytes(StandardCharsets.UTF_8);
        if (content.length > LONGEST || result.out().indexOf(UNDECODABLE) >= 0) {
            throw failed(
                    migration,
                    "its command printed what is no UTF-8 text of at most " + LONGEST + " bytes",
                    "Get another bundle; the agent was not stopped");
        }
        return content;
    }

    /** What the agent's user prints gets the rights of the file: it must be one that this user could write himself. */
    private static void requireItsOwn(Migration migration, Found found, ProcessUser user) throws UpdateFailure.Refused {
        FileEntry there = found.entry();
        if (user.user() != 0 && user.user() != there.stat().uid()) {
            throw failed(
                    migration,
                    "it belongs to user " + there.stat().uid() + ", and its command runs as user " + user.user()
                            + ", who must not decide what is in it",
                    "Give the file to the agent's user, or bring it into the new form by hand");
        }
        if (PlacedInodes.isPrivileged(there.mode(), found.attributes())) {
            throw failed(
                    migration,
                    "it has set-id bits or capabilities, which only what root wrote may have",
                    "Take them from the file");
        }
    }

    private static UpdateFailure.Refused failed(Migration migration, String because, String advice) {
        return new UpdateFailure.Refused(
                RefusalCode.MIGRATION_FAILED,
                migration.file() + " could not be migrated for the new version: " + because,
                advice);
    }

    /** A second name in the backup changes nothing but the time of the inode's change. */
    private static boolean isSame(FileEntry now, FileEntry before) {
        return now.sameInode(before)
                && now.size() == before.size()
                && now.stat().modified().equals(before.stat().modified());
    }

    /**
     * Checks that nobody has changed what was migrated since: the edit would be lost.
     *
     * @param migrated what {@link #plan} found
     * @throws UpdateFailure.Unhealthy when somebody has
     */
    public static void requireUnchanged(UpdateContext context, List<FileEntry> migrated)
            throws IOException, UpdateFailure.Unhealthy {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            for (FileEntry before : migrated) {
                Place place = new Place(context.layout().home(), before.path());
                Optional<FileEntry> now = opened.parent(place).lookup(place.name());
                if (now.isEmpty() || !isSame(now.get(), before)) {
                    throw new UpdateFailure.Unhealthy(
                            before.path() + " was changed after it had been migrated for the new version",
                            "Start the update again");
                }
            }
        }
    }
}
