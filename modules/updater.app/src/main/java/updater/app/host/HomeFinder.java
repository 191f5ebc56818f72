package updater.app.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import updater.api.HomeRule;
import updater.api.HomeRule.HomeOverride;
import updater.api.HomeRule.HomeOverride.EnvironmentFile;
import updater.api.HomeRule.HomeOverride.RegistryValue;
import updater.api.Os;
import updater.api.Product;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/** The search for home: on the command line, then on the host, then in the product's default. */
public final class HomeFinder {
    private static final String USE_HOME = "Name the agent's installation directory with --home DIR";

    private final Function<RegistryValue, Optional<String>> registry;

    /** @param registry reads a string from the Windows registry; empty where there is none */
    HomeFinder(Function<RegistryValue, Optional<String>> registry) {
        this.registry = registry;
    }

    /**
     * The agent's installation directory.
     *
     * @param directory a real path of a directory
     * @param origin what named it, for people
     */
    public record Home(Path directory, String origin) {}

    /**
     * Returns home and what named it. Reads files, changes nothing.
     *
     * @param override {@code --home}
     * @param launcher the launcher that was started; when no {@code override} is given it must lie in home
     * @throws UpdateFailure.Usage when {@code --home} is relative
     * @throws UpdateFailure.Refused when there is no such directory, or the launcher lies elsewhere
     */
    Home find(Product product, Os os, Optional<Path> override, Optional<Path> launcher) throws UpdateFailure {
        if (override.isPresent()) {
            Path given = override.get();
            if (!given.isAbsolute()) {
                throw new UpdateFailure.Usage(
                        "--home is relative: '" + given + "'", "Give the directory's absolute path");
            }
            return new Home(real(given, "--home"), "--home");
        }
        HomeRule rule = product.places().home().get(os);
        if (rule == null) {
            throw new UpdateFailure.Refused(
                    RefusalCode.HOME_UNUSABLE,
                    "product " + product.name() + " does not say where home is on " + os.key(),
                    USE_HOME);
        }
        Home named = named(rule);
        Home home = new Home(real(named.directory(), named.origin()), named.origin());
        if (launcher.isPresent()) {
            checkLauncher(launcher.get(), home);
        }
        return home;
    }

    private Home named(HomeRule rule) throws UpdateFailure.Refused {
        for (HomeOverride override : rule.overrides()) {
            String origin = switch (override) {
                case EnvironmentFile file -> file.variable() + " in " + file.file();
                case RegistryValue value -> "registry value " + value.value() + " of HKLM\\" + value.key();
            };
            Optional<String> text = switch (override) {
                case EnvironmentFile file -> EnvironmentFileText.value(file.file(), file.variable());
                case RegistryValue value -> registry.apply(value).filter(found -> !found.isBlank());
            };
            if (text.isPresent()) {
                return new Home(absolute(rule, text.get(), origin), origin);
            }
        }
        return new Home(rule.directory(), "the product's default");
    }

    private static Path absolute(HomeRule rule, String text, String origin) throws UpdateFailure.Refused {
        try {
            Path path = rule.directory().getFileSystem().getPath(text);
            if (path.isAbsolute()) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.HOME_UNUSABLE,
                    "home '" + text + "', named by " + origin + ", is not a path",
                    USE_HOME,
                    e);
        }
        throw new UpdateFailure.Refused(
                RefusalCode.HOME_UNUSABLE,
                "home '" + text + "', named by " + origin + ", is not an absolute path",
                USE_HOME);
    }

    private static Path real(Path home, String origin) throws UpdateFailure.Refused {
        Path real;
        try {
            real = home.toRealPath();
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.HOME_UNUSABLE,
                    "home " + home + ", named by " + origin + ", cannot be opened: " + Reason.of(e),
                    USE_HOME,
                    e);
        }
        if (!Files.isDirectory(real)) {
            throw new UpdateFailure.Refused(
                    RefusalCode.HOME_UNUSABLE,
                    "home " + home + ", named by " + origin + ", is not a directory",
                    USE_HOME);
        }
        if (real.getParent() == null) {
            throw new UpdateFailure.Refused(
                    RefusalCode.HOME_UNUSABLE,
                    "home " + home + ", named by " + origin + ", is the root of a file system",
                    USE_HOME);
        }
        return real;
    }

    private static void checkLauncher(Path launcher, Home home) throws UpdateFailure.Refused {
        Path folder = folder(launcher);
        if (!folder.equals(home.directory())) {
            throw new UpdateFailure.Refused(
                    RefusalCode.OTHER_HOME,
                    "this updater lies in " + folder + ", but home is " + home.directory() + " by " + home.origin(),
                    "Run the updater that lies in home, or say which home is meant with --home DIR");
        }
    }

    /** The launcher itself may be gone by now: the agent that started it may delete it. */
    private static Path folder(Path launcher) {
        Path absolute = launcher.toAbsolutePath().normalize();
        Path textual = parent(absolute);
        try {
            return parent(absolute.toRealPath());
        } catch (IOException gone) {
            try {
                return textual.toRealPath();
            } catch (IOException e) {
                return textual;
            }
        }
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }
}
