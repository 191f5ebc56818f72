package updater.transaction.context;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.HomeLayout;
import updater.transaction.world.Products;

final class ManagedPathsTests {
    private static final Path HOME = Path.of("/opt/agent");

    private static ManagedPaths scope(String state) {
        return new ManagedPaths(Products.standard(), new HomeLayout(HOME, Path.of(state)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tmp",
                "tmp/",
                "tmp/latest/x",
                "log/",
                "log/a/b",
                "package_statuses.json",
                ".updater",
                ".updater/journal",
                "updater"
            })
    void excludes_whatIsNeverRolledBack_isTrue(String path) {
        assertThat(scope("/var/lib/agent-updater").excludes(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tmpdata/",
                "tmpdata/x",
                "logs/",
                "log.d/x",
                "storage/tmp/",
                "a/log/x",
                "package_statuses.json.bak",
                "updater2",
                "updater-config/",
                "state/",
                ""
            })
    void excludes_whatOnlyBeginsAlike_isFalse(String path) {
        assertThat(scope("/var/lib/agent-updater").excludes(path)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"var/state", "var/state/", "var/state/journal"})
    void excludes_stateDirectoryAnywhereInHome_isTrue(String path) {
        assertThat(scope("/opt/agent/var/state").excludes(path)).isTrue();
        assertThat(scope("/opt/agent/var/state").excludes("var/statement")).isFalse();
    }
}
