package updater.app.offer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Quotation;
import updater.app.host.OwnCopy;
import updater.archive.ArchiveMembers;
import updater.archive.BundleLimits;
import updater.fs.Directory;
import updater.fs.ProcessImage;
import updater.fs.SmallFile;
import updater.fs.TreeRemoval;
import updater.state.document.ProductJson;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.Offer;
import updater.transaction.context.Progress;
import updater.transaction.context.UpdateContext;

/**
 * The handing over to the updater that is in an offered tree. It runs from a copy in the state directory, named as a launcher
 * names the one that it makes: where nothing comes of it, the next launcher or updater removes it.
 *
 * @param name of the copy in the state directory
 * @param user the updater's user
 */
public record HandOver(UpdateContext context, Commands commands, String name, long user, Progress progress) {
    private static final Duration LEAST_TRIAL = Duration.ofSeconds(60);

    /** A part of {@link #trial}, as of the guard's. */
    private static final int PART = 4;

    private static final int MAX_TEXT = 1 << 20;

    /** Returns the hand-over of this process. */
    public static HandOver ofThisProcess(
            UpdateContext context, Commands commands, long pid, long user, Progress progress) {
        return new HandOver(context, commands, OwnCopy.name(pid), user, progress);
    }

    private Path runtime() {
        return context.layout().state().resolve(name);
    }

    private Path java() {
        return runtime().resolve("bin").resolve("java");
    }

    /**
     * Copies runtime and launcher of the offered tree, and sees that they work on this host and take over.
     *
     * @throws UpdateFailure when they do not; the copy is removed then
     */
    public void prepare() throws UpdateFailure {
        try {
            copy();
            requireProduct();
            tryOut();
        } catch (IOException e) {
            discard();
            throw new UpdateFailure.Disk("copy the updater of the bundle to", runtime(), e);
        } catch (UpdateFailure | RuntimeException | Error e) {
            discard();
            throw e;
        }
    }

    /**
     * Sees the same of a runtime that lies where this hand-over has its copy. Nothing is copied, and nothing removed.
     *
     * @throws UpdateFailure when it is another product's, or does not work on this host
     */
    public void examine() throws UpdateFailure {
        try {
            requireProduct();
            tryOut();
        } catch (IOException e) {
            throw new UpdateFailure.Disk("look at the updater of the bundle in", runtime(), e);
        }
    }

    private void copy() throws IOException, UpdateFailure {
        try (Directory work = WorkDirectory.open(context);
                Directory offered = work.child(HomeLayout.OFFERED);
                Directory runtime = offered.child(HomeLayout.STAGED_RUNTIME);
                Directory state = context.disk().open(context.layout().state())) {
            TreeRemoval.remove(state, name);
            state.createDirectory(name, 0755);
            try (Directory copy = state.child(name)) {
                NewFiles files = new NewFiles(context.disk(), copy, 0755, progress);
                TreeReader reader = new TreeReader(new ArchiveMembers(BundleLimits.DEFAULT, files), false, user);
                reader.read(runtime);
                if (offered.lookup(HomeLayout.LAUNCHER).isPresent()) {
                    reader.readFile(offered, HomeLayout.LAUNCHER);
                }
                files.complete();
            }
        }
    }

    private void requireProduct() throws IOException, UpdateFailure {
        try (Directory copy = context.disk().open(runtime())) {
            Optional<byte[]> json = SmallFile.read(copy, "product.json", MAX_TEXT);
            if (json.isPresent()) {
                String found = ProductJson.read(json.get(), "product.json of the bundle")
                        .name();
                if (!found.equals(context.product().name())) {
                    throw new UpdateFailure.Refused(
                            RefusalCode.RELEASE_OF_OTHER_PRODUCT,
                            "the bundle is for the product '" + found + "', expected '"
                                    + context.product().name() + "'",
                            "Get the bundle of this product");
                }
            }
        }
    }

    /** Returns how long a trial may take: a minute, or more where a product for slow hosts gives preparing more than four. */
    private Duration trial() {
        Duration part = context.product().terms().prepareBudget().dividedBy(PART);
        return part.compareTo(LEAST_TRIAL) > 0 ? part : LEAST_TRIAL;
    }

    /** An updater that is too old to take over says that it does not know the options. */
    private void tryOut() throws UpdateFailure {
        progress.waits("the updater of the bundle", Duration.ZERO, trial());
        List<String> command = command("-Xint");
        command.addAll(List.of("--version", "--take", "0:0", "--take-version", "0"));
        Commands.Result result;
        try {
            result = commands.run(command, trial());
        } catch (UpdateFailure.Service e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RELEASE_OF_OTHER_PRODUCT,
                    "the updater in the bundle does not start on this host: " + e.getMessage(),
                    "Get the bundle for this host",
                    e);
        }
        if (result.exit() != 0) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RELEASE_OF_OTHER_PRODUCT,
                    "the updater in the bundle does not start on this host, or is too old to take over: exit code "
                            + result.exit() + ": " + Quotation.ofErrors(result),
                    "Get the bundle for this host; or unpack an old one into "
                            + context.layout().staged() + ", and run the 'updater' in it");
        }
    }

    private List<String> command(String... options) {
        List<String> command = new ArrayList<>(List.of(java().toString()));
        command.addAll(List.of(options));
        Path cache = runtime().resolve("lib").resolve("updater.aot");
        if (Files.exists(cache)) {
            command.add("-XX:AOTCache=" + cache);
        }
        command.addAll(List.of("-m", "updater.app/updater.app.Main"));
        return command;
    }

    /**
     * Becomes the updater of the offered tree, which updates from it. The lock ends with this program, at the same instant.
     *
     * @param arguments what else it is told
     * @throws UpdateFailure when that failed; the copy is removed then
     */
    public void become(Offer offer, List<String> arguments) throws UpdateFailure {
        try {
            List<String> command = command();
            command.addAll(List.of(
                    "--take",
                    offer.identity(),
                    "--take-version",
                    offer.version(),
                    "--home",
                    context.layout().home().toString()));
            command.addAll(arguments);
            ProcessImage.replace(java(), command, environment());
        } catch (IOException e) {
            discard();
            throw new UpdateFailure.Disk("start the updater of the bundle,", java(), e);
        }
    }

    /** As the launcher makes it, with what the runtime adds to it. */
    private List<String> environment() throws IOException {
        List<String> environment = new ArrayList<>();
        environment.add("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
        environment.add("LC_ALL=" + Optional.ofNullable(System.getenv("LC_ALL")).orElse("C.UTF-8"));
        environment.add("TERM=" + Optional.ofNullable(System.getenv("TERM")).orElse("dumb"));
        try (Directory copy = context.disk().open(runtime())) {
            SmallFile.read(copy, "environment", MAX_TEXT)
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                    .stream()
                    .flatMap(String::lines)
                    .filter(line -> line.matches("[A-Za-z_][^=]*=.*"))
                    .forEach(environment::add);
        }
        return environment;
    }

    private void discard() {
        try (Directory state = context.disk().open(context.layout().state())) {
            TreeRemoval.remove(state, name);
        } catch (IOException e) {
            // The next launcher removes it: the process that made it is gone then.
        }
    }
}
