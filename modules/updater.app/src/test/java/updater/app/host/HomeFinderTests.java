package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.HomeRule.HomeOverride.EnvironmentFile;
import updater.api.HomeRule.HomeOverride.RegistryValue;
import updater.api.Os;
import updater.api.Product;
import updater.api.UpdateFailure;

final class HomeFinderTests {
    private static final Optional<Path> NONE = Optional.empty();

    private Path root;
    private Path home;
    private Path other;
    private final HomeFinder finder = new HomeFinder(value -> Optional.empty());

    @BeforeEach
    void createHomes(@TempDir Path directory) throws IOException {
        root = directory.toRealPath();
        home = Files.createDirectory(root.resolve("home"));
        other = Files.createDirectory(root.resolve("other"));
    }

    @Test
    void find_nothingSaid_isTheDefault() throws UpdateFailure {
        assertThat(finder.find(Products.at(home), Os.LINUX, NONE, NONE).directory())
                .isEqualTo(home);
    }

    @Test
    void find_commandLine_winsOverEverything() throws Exception {
        Path file = write("default", "HOME_DIR=" + home);
        Product product = Products.at(root.resolve("missing"), new EnvironmentFile(file, "HOME_DIR"));

        assertThat(finder.find(product, Os.LINUX, Optional.of(other), Optional.of(launcher(home)))
                        .directory())
                .isEqualTo(other);
    }

    @Test
    void find_firstFileWithAValue_wins() throws Exception {
        Product product = Products.at(
                root.resolve("missing"),
                new EnvironmentFile(root.resolve("none"), "HOME_DIR"),
                new EnvironmentFile(write("empty", ""), "HOME_DIR"),
                new EnvironmentFile(write("unset", "HOME_DIR=\n"), "HOME_DIR"),
                new EnvironmentFile(write("first", "HOME_DIR=\"" + other + "\"\n"), "HOME_DIR"),
                new EnvironmentFile(write("second", "HOME_DIR=" + home), "HOME_DIR"));

        HomeFinder.Home found = finder.find(product, Os.LINUX, NONE, NONE);

        assertThat(found.directory()).isEqualTo(other);
        assertThat(found.origin()).isEqualTo("HOME_DIR in " + root.resolve("first"));
    }

    @Test
    void find_registryValue_isAsked() throws Exception {
        RegistryValue asked = new RegistryValue("Software\\Agent", "InstallLocation");
        Product product = Products.at(root.resolve("missing"), asked);
        HomeFinder registry =
                new HomeFinder(value -> value.equals(asked) ? Optional.of(home.toString()) : Optional.empty());

        assertThat(registry.find(product, Os.LINUX, NONE, NONE).directory()).isEqualTo(home);
    }

    @Test
    void find_homeIsALink_isTheRealDirectory() throws Exception {
        Path link = Files.createSymbolicLink(root.resolve("link"), home);

        assertThat(finder.find(Products.at(link), Os.LINUX, NONE, Optional.of(launcher(home)))
                        .directory())
                .isEqualTo(home);
    }

    @Test
    void find_launcherReachedByALink_countsWhereItReallyLies() throws Exception {
        Path link = Files.createSymbolicLink(other.resolve("updater"), launcher(home));

        assertThat(finder.find(Products.at(home), Os.LINUX, NONE, Optional.of(link))
                        .directory())
                .isEqualTo(home);
    }

    @Test
    void find_launcherGone_countsWhereItLay() throws UpdateFailure {
        assertThat(finder.find(Products.at(home), Os.LINUX, NONE, Optional.of(home.resolve("updater")))
                        .directory())
                .isEqualTo(home);
    }

    @Test
    void find_launcherElsewhere_isRefusedNamingBoth() throws Exception {
        Path launcher = launcher(other);

        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> finder.find(Products.at(home), Os.LINUX, NONE, Optional.of(launcher)))
                .withMessageContaining(other.toString())
                .withMessageContaining(home.toString())
                .satisfies(failure -> assertThat(failure.advice()).contains("--home"));
    }

    @Test
    void find_missingDirectory_isRefusedNamingItAndItsOrigin() throws Exception {
        Path file = write("default", "HOME_DIR=" + root.resolve("gone"));
        Product product = Products.at(home, new EnvironmentFile(file, "HOME_DIR"));

        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> finder.find(product, Os.LINUX, NONE, NONE))
                .withMessageContaining(root.resolve("gone").toString())
                .withMessageContaining("HOME_DIR in " + file);
    }

    @Test
    void find_fileInsteadOfDirectory_isRefused() throws Exception {
        Path file = write("file", "");

        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> finder.find(Products.at(file), Os.LINUX, NONE, NONE))
                .withMessageContaining("is not a directory");
    }

    @Test
    void find_relativeValueInFile_isRefused() throws Exception {
        Product product = Products.at(home, new EnvironmentFile(write("default", "HOME_DIR=opt/agent"), "HOME_DIR"));

        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> finder.find(product, Os.LINUX, NONE, NONE))
                .withMessageContaining("'opt/agent'")
                .withMessageContaining("is not an absolute path");
    }

    @Test
    void find_relativeOnCommandLine_isAUsageError() {
        assertThatExceptionOfType(UpdateFailure.Usage.class)
                .isThrownBy(() -> finder.find(Products.at(home), Os.LINUX, Optional.of(Path.of("home")), NONE));
    }

    @Test
    void find_rootDirectory_isRefused() {
        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> finder.find(Products.at(home), Os.LINUX, Optional.of(Path.of("/")), NONE))
                .withMessageContaining("root of a file system");
    }

    @Test
    void find_systemTheProductDoesNotName_isRefused() {
        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> finder.find(Products.at(home), Os.MACOS, NONE, NONE))
                .withMessageContaining("macos");
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(root.resolve(name), text);
    }

    private static Path launcher(Path directory) throws IOException {
        return Files.writeString(directory.resolve("updater"), "#!/bin/sh\n");
    }
}
