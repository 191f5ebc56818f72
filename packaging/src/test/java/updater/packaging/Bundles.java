package updater.packaging;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.Deflater;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import updater.api.UpdateFailure;

/**
 * Update tarballs: the one that the build packaged, and others with the same launcher and runtime.
 *
 * <p>A gzip file may consist of several members, one after the other. The members of all bundles that hold the runtime are the same, and
 * compressed once.
 */
final class Bundles {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** {@code tar --blocking-factor=1} ends with two blocks of zeros, where the next part has to begin. */
    private static final String PACK = """
            tar -c -b 1 --owner=0 --group=0 --numeric-owner -C "$1" . | head -c -1024 | gzip -1 >"$2"
            """;

    private final Path packaged;
    private final Path runtime;
    private final Path directory;

    private Bundles(Path packaged, Path runtime, Path directory) {
        this.packaged = packaged;
        this.runtime = runtime;
        this.directory = directory;
    }

    /** @param directory an empty one, for what is unpacked and compressed once */
    static Bundles open(Path directory) {
        Path packaged = packagedOne();
        Path tree = directory.resolve("runtime");
        run(List.of("mkdir", tree.toString()));
        run(List.of(
                "tar",
                "-xzf",
                packaged.toString(),
                "-C",
                tree.toString(),
                "--no-same-owner",
                "updater",
                "updater-runtime"));
        Path tar = directory.resolve("runtime.tar");
        run(List.of(
                "tar", "-cf", tar.toString(), "--owner=0", "--group=0", "--numeric-owner", "-C", tree.toString(), "."));
        return new Bundles(packaged, stored(tar, directory.resolve("runtime.part")), directory);
    }

    /** Makes a gzip file of a file, and leaves out the compressing: each update would pay for it once more by unpacking. */
    private static Path stored(Path from, Path to) {
        GzipParameters parameters = new GzipParameters();
        parameters.setCompressionLevel(Deflater.NO_COMPRESSION);
        try (OutputStream file = Files.newOutputStream(to);
                OutputStream gzip = new GzipCompressorOutputStream(file, parameters)) {
            Files.copy(from, gzip);
            Files.delete(from);
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path packagedOne() {
        String named = System.getProperty("update.bundle");
        if (named == null || !Files.isRegularFile(Path.of(named))) {
            throw new AssertionError(
                    "the build has packaged no update tarball: system property update.bundle is " + named);
        }
        return Path.of(named);
    }

    /** Returns the update tarball that the build made: version v2 of the BindPlane-named sample agent, which reports success. */
    Path packaged() {
        return packaged;
    }

    /** Returns the launcher and the runtime of the packaged tarball, unpacked; not to be changed. */
    Path runtimeTree() {
        return directory.resolve("runtime");
    }

    /** Writes the update tarball of a tree of agent files. */
    Path write(Path agentTree, Path bundle) {
        Path part = bundle.resolveSibling(bundle.getFileName() + ".part");
        run(List.of("sh", "-c", PACK, "pack", agentTree.toString(), part.toString()));
        try (OutputStream out = Files.newOutputStream(bundle)) {
            Files.copy(part, out);
            Files.copy(runtime, out);
            Files.delete(part);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bundle;
    }

    /**
     * Writes the update tarball of a product with a descriptor of its own, as {@code tools/bundle} does, without compressing.
     *
     * @param runtime a directory with launcher and runtime
     */
    static Path write(Path agentTree, Path runtime, Path product, Path bundle) {
        try {
            new UpdateBundle(
                            agentTree,
                            runtime,
                            Optional.of(product),
                            UpdateBundle.DEFAULT_MODIFIED,
                            Optional.empty(),
                            OptionalInt.of(Deflater.NO_COMPRESSION))
                    .write(bundle);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (UpdateFailure e) {
            throw new AssertionError(e);
        }
        return bundle;
    }

    private static void run(List<String> command) {
        Command.run(LIMIT, command).ok();
    }
}
