package updater.agent.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Pattern;
import updater.json.JsonMembers;
import updater.json.JsonText;

/**
 * A request to root's updater, in {@code home/tmp/offer}: the bundle, the signed statement about it, and last, by rename, the
 * request itself, so that whoever sees it sees all of it.
 */
public final class UpdateRequest {
    private static final String BUNDLE = "bundle.tar.gz";
    private static final String STATEMENT = BUNDLE + ".release";
    private static final String REQUEST = "request.json";
    private static final String PREPARED = "request.json.next";

    /** What a request may call a version. Without one, root's updater takes what the statement says. */
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");

    private final Path directory;

    /** @param home the agent's */
    public UpdateRequest(Path home) {
        this.directory = home.resolve("tmp").resolve("offer");
    }

    /**
     * Writes the request under another name, and removes an earlier one. Whoever finds it after a restart knows that it was
     * not left yet. Atomic, and forced.
     *
     * @throws InstallFailure when it cannot be written
     */
    public void prepare(String version) throws InstallFailure {
        try {
            withdraw();
            Files.createDirectories(directory);
            JsonMembers request = new JsonMembers().add("bundle", BUNDLE).add("release", STATEMENT);
            if (VERSION.matcher(version).matches()) {
                request.add("version", version);
            }
            Trees.replace(directory.resolve(PREPARED), JsonText.compact(request.toJson()));
        } catch (IOException e) {
            throw cannotBeLeft(e);
        }
    }

    /** Returns whether there is a request that was prepared and not left. */
    public boolean isPrepared() {
        return Files.exists(directory.resolve(PREPARED), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Leaves the request that was prepared. The bundle is moved, not copied. Repeatable until it has succeeded.
     *
     * @param bundle where it is, if it was not moved yet
     * @throws InstallFailure when it cannot be left; there is no request then
     */
    public void leave(Path bundle, byte[] statement) throws InstallFailure {
        try {
            Path moved = directory.resolve(BUNDLE);
            if (!Files.exists(moved, LinkOption.NOFOLLOW_LINKS)) {
                Files.move(bundle, moved, StandardCopyOption.ATOMIC_MOVE);
            }
            Trees.replace(directory.resolve(STATEMENT), statement);
            Files.move(directory.resolve(PREPARED), directory.resolve(REQUEST), StandardCopyOption.ATOMIC_MOVE);
            Trees.force(directory);
        } catch (IOException e) {
            throw cannotBeLeft(e);
        }
    }

    private InstallFailure cannotBeLeft(IOException e) {
        return new InstallFailure("the request cannot be left in " + directory + ": " + e.getMessage(), e);
    }

    /** Returns whether the request lies there still: no updater has taken it. */
    public boolean waits() {
        return Files.exists(directory.resolve(REQUEST), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Takes the request back, if no updater has taken it, and removes what it was about. Idempotent.
     *
     * @return whether there was one
     */
    public boolean withdraw() throws IOException {
        boolean waited = Files.deleteIfExists(directory.resolve(REQUEST));
        Trees.remove(directory);
        return waited;
    }
}
