package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;

/** The part of a guard that outlives a reboot: init runs the recovering command once at boot, before the agent. */
abstract sealed class BootHalf permits SysVBootHalf, OpenRcBootHalf {
    final HostFiles files;
    final Path root;
    final Path marker;
    final BootScript text;

    BootHalf(ServiceContext context, Path root) {
        this.files = context.files();
        this.root = root;
        this.marker = context.layout().state().resolve("guard");
        this.text = new BootScript(context.product().name(), context.layout());
    }

    /**
     * Idempotent and durable; each file is atomic.
     *
     * @param command what recovers
     * @param loop what goes on trying when that does not come to its end
     */
    final void write(List<String> command, List<String> loop) throws UpdateFailure.Service {
        try {
            List<Path> wanted = wanted();
            files.write(script(), content(command, loop).getBytes(StandardCharsets.UTF_8), 0755);
            link(wanted);
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not write the guard's init script " + script() + " and its links: " + Reason.at(e),
                    "Make /etc writable for the updater",
                    e);
        }
    }

    /** Leaves no trace. Idempotent. */
    final void remove() throws UpdateFailure.Service {
        try {
            for (Path link : links()) {
                files.delete(link);
            }
            forget();
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove the guard's init script " + script() + " and its links: " + Reason.at(e),
                    "Remove it by hand, and " + everyLink(),
                    e);
        }
    }

    /** Returns whether anything of it is there. */
    final boolean present() throws UpdateFailure.Service {
        try {
            return Files.exists(script(), LinkOption.NOFOLLOW_LINKS) || !links().isEmpty();
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not look for the guard, " + everyLink() + ": " + Reason.at(e), "", e);
        }
    }

    final Path script() {
        return root.resolve("etc/init.d").resolve(text.name());
    }

    abstract String content(List<String> command, List<String> loop);

    /** Returns the links that are to be made. */
    abstract List<Path> wanted() throws IOException, UpdateFailure.Service;

    abstract void link(List<Path> wanted) throws IOException, UpdateFailure.Service;

    /** Returns the links there are. */
    abstract List<Path> links() throws IOException, UpdateFailure.Service;

    /** Removes the script once no link leads to it, and what init has noted of it. */
    abstract void forget() throws IOException;

    /** Returns where its links may be, for an operator. */
    abstract String everyLink();

    /** Returns the links of a name in the directories of one that match a glob; none where that one does not exist. */
    static List<Path> links(Path parent, String directories, String name) throws IOException {
        List<Path> links = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, directories)) {
            for (Path directory : found) {
                Path link = directory.resolve(name);
                if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    links.add(link);
                }
            }
        } catch (NoSuchFileException none) {
            return List.of();
        }
        return links;
    }
}
