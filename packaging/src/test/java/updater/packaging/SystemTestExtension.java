package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Decides whether boxes can be booted here, and hands out the shared one. */
final class SystemTestExtension implements ExecutionCondition, ParameterResolver {

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(SystemTest.class);

    /** Tries what a box needs, in namespaces of its own, and says what is missing. */
    private static final String PROBE = """
            [ "$(id -u)" = 0 ] || { echo 'not root'; exit 1; }
            for tool in systemd-nspawn unshare nsenter mkfs.ext4; do
                command -v $tool >/dev/null || { echo "$tool is not installed"; exit 1; }
            done
            [ -x /usr/lib/systemd/systemd ] || [ -x /lib/systemd/systemd ] || { echo 'systemd is not installed'; exit 1; }
            unshare --pid --fork --mount --propagation private sh -c '
                mount -t tmpfs probe /mnt && mkdir /mnt/upper /mnt/work /mnt/root &&
                    mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root' 2>&1 ||
                { echo 'an overlay of the root file system cannot be mounted'; exit 1; }
            """;

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String missing = store(context).getOrComputeIfAbsent("missing", key -> missing(), String.class);
        return missing.isEmpty()
                ? ConditionEvaluationResult.enabled("a box can be booted")
                : ConditionEvaluationResult.disabled("no box can be booted here: " + missing);
    }

    private static String missing() {
        Command.Result probe = Command.run(Duration.ofSeconds(20), "sh", "-c", PROBE);
        return probe.exit() == 0 ? "" : probe.out().strip().replace('\n', ' ');
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Box.class || type == Bundles.class || type == SignedBundles.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        ExtensionContext.Store store = store(context);
        if (parameter.getParameter().getType() == Bundles.class) {
            return bundles(store).bundles();
        }
        if (parameter.getParameter().getType() == SignedBundles.class) {
            return store.getOrComputeIfAbsent(
                    SignedBundles.class, key -> bundles(store).signed(), SignedBundles.class);
        }
        SharedBox shared = store.get(SharedBox.class, SharedBox.class);
        if (shared != null && shared.box().isRunning()) {
            return shared.box();
        }
        if (shared != null) {
            shared.close();
        }
        Box box = Box.boot();
        store.put(SharedBox.class, new SharedBox(box));
        return box;
    }

    private static SharedBundles bundles(ExtensionContext.Store store) {
        return store.getOrComputeIfAbsent(SharedBundles.class, key -> SharedBundles.open(), SharedBundles.class);
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE);
    }

    /** Closed by JUnit after the last test. */
    record SharedBox(Box box) implements AutoCloseable {
        @Override
        public void close() {
            box.close();
        }
    }

    /** Removed by JUnit after the last test. */
    record SharedBundles(Bundles bundles, Path directory) implements AutoCloseable {
        static SharedBundles open() {
            try {
                Path directory = Files.createTempDirectory("bundles");
                return new SharedBundles(Bundles.open(directory), directory);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        SignedBundles signed() {
            try {
                return SignedBundles.open(bundles, Files.createDirectory(directory.resolve("signed")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            Command.run(Duration.ofMinutes(1), "rm", "-rf", directory.toString())
                    .ok();
        }
    }
}
