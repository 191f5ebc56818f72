package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.VendorCommands;
import updater.archive.BundleEntry;
import updater.bundle.BundleBuilder;
import updater.bundle.BundleLayout;
import updater.release.FileList;
import updater.release.KeyList;
import updater.state.document.ProductJson;

/**
 * The update tarball of one version of an agent: its files at the root, the launcher, the runtime, and the product's
 * descriptor in the runtime where the product is not the built-in one.
 *
 * @param agent directory of the agent's files, {@code install/} with its service definitions among them
 * @param runtime directory that holds {@code updater}, or {@code updater.exe}, and {@code updater-runtime/}
 * @param product the descriptor; empty for the built-in product
 * @param modified modification time of every member
 * @param release what is stated about it; empty for a bundle without list of files and statement
 * @param level of the compression of a tarball, 0 to 9; empty for the usual one
 */
record UpdateBundle(
        Path agent,
        Path runtime,
        Optional<Path> product,
        Instant modified,
        Optional<BundleRelease> release,
        OptionalInt level) {

    /** Where the vendor has his hooks, beside the agent's files. */
    static final String HOOKS = "updater-hooks";

    /** The first time a zip can hold. */
    static final Instant DEFAULT_MODIFIED = Instant.parse("1980-01-01T00:00:00Z");

    UpdateBundle(Path agent, Path runtime, Optional<Path> product, Instant modified) {
        this(agent, runtime, product, modified, Optional.empty(), OptionalInt.empty());
    }

    /** Returns where the signed statement about a bundle is: beside it. */
    static Path statement(Path bundle) {
        return bundle.resolveSibling(bundle.getFileName() + ".release");
    }

    /** Returns where the statement about a bundle is while nobody has signed it. */
    static Path unsigned(Path bundle) {
        return bundle.resolveSibling(bundle.getFileName() + ".release.unsigned");
    }

    /**
     * Writes the bundle, in the format its name asks for, and the statement to be signed beside it. The same input gives
     * the same bytes. The bundle is atomic; the statement comes last.
     *
     * @return what it holds
     * @throws UpdateFailure.Usage when the descriptor is not valid
     * @throws UpdateFailure.Refused when the agent's files cannot be in a bundle, or there is no runtime
     */
    List<BundleEntry> write(Path bundle) throws UpdateFailure, IOException {
        boolean windows = Files.isRegularFile(runtime.resolve(HomeLayout.WINDOWS_LAUNCHER));
        String name = windows ? HomeLayout.WINDOWS_LAUNCHER : HomeLayout.LAUNCHER;
        Path launcher = runtime.resolve(name);
        if (!Files.isRegularFile(launcher) || !Files.isDirectory(runtime.resolve(HomeLayout.STAGED_RUNTIME))) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "there is no runtime in " + runtime,
                    "Build it: mvn -DskipTests package, or name it with --runtime");
        }
        BundleBuilder builder = new BundleBuilder(modified);
        level.ifPresent(builder::setLevel);
        addAgent(builder);
        builder.add(HomeLayout.STAGED_RUNTIME, runtime.resolve(HomeLayout.STAGED_RUNTIME));
        if (product.isEmpty()) {
            if (release.isPresent()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_INVALID,
                        "the built-in product names no roots, so nobody would believe a statement",
                        "Describe the product with --product, and its roots in the member trust");
            }
            builder.add(name, launcher);
            return write(builder, bundle);
        }
        Product described = ProductJson.read(
                Files.readAllBytes(product.get()), product.get().toString());
        Path ownLauncher = Files.createTempFile("updater", "");
        try {
            if (windows) {
                WindowsLauncher.write(launcher, described, ownLauncher);
            } else {
                Launcher.write(launcher, described, ownLauncher);
            }
            builder.add(name, ownLauncher);
            builder.add(BundleLayout.PRODUCT, product.get());
            return release.isPresent() ? write(builder, bundle, described, release.get()) : write(builder, bundle);
        } finally {
            Files.delete(ownLauncher);
        }
    }

    /** Hooks go where root runs them from, not into the agent's home. */
    private void addAgent(BundleBuilder builder) throws UpdateFailure, IOException {
        if (!Files.exists(agent.resolve(HOOKS))) {
            builder.add("", agent);
            return;
        }
        try (Stream<Path> top = Files.list(agent)) {
            for (Path path : top.toList()) {
                String name = String.valueOf(path.getFileName());
                builder.add(
                        name.equals(HOOKS) ? HomeLayout.STAGED_RUNTIME + "/" + VendorCommands.HOOKS_DIRECTORY : name,
                        path);
            }
        }
    }

    private static List<BundleEntry> write(BundleBuilder builder, Path bundle, Product described, BundleRelease release)
            throws UpdateFailure, IOException {
        KeyList keys = release.keyList(described);
        Path list = Files.createTempFile("updater", "");
        try {
            String manifest = BundleRelease.writeList(builder, list);
            builder.add(FileList.FILE, list);
            builder.add(FileList.KEYS, release.keys());
            List<BundleEntry> entries = write(builder, bundle);
            Files.write(
                    unsigned(bundle),
                    release.statement(described, keys, manifest, bundle).text());
            return entries;
        } finally {
            Files.delete(list);
        }
    }

    private static List<BundleEntry> write(BundleBuilder builder, Path bundle) throws UpdateFailure {
        List<BundleEntry> entries = builder.entries();
        BundleLayout.require(entries);
        builder.write(bundle);
        return entries;
    }
}
