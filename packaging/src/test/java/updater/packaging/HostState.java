package updater.packaging;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import updater.testkit.TreeSnapshot;

/**
 * All that an update may change on a host, and what tells whether it did, at one moment.
 *
 * @param home without what is never rolled back
 * @param launcher the launcher in home, which is the updater's own
 * @param unit the file of the service's definition
 * @param beside the JMX jar beside home
 * @param service what init says of the service
 * @param version the version that the running process said it is, empty when none runs
 * @param status the status file's content, empty when there is none
 */
record HostState(
        TreeSnapshot home,
        Optional<TreeSnapshot> launcher,
        TreeSnapshot unit,
        Optional<TreeSnapshot> beside,
        Map<String, String> service,
        String version,
        String status) {

    private static final String[] NOT_ROLLED_BACK = {
        "log",
        "tmp",
        ".updater",
        "updater",
        "update-now",
        "update-now.new",
        "package_statuses.json",
        "package_statuses.json.new"
    };

    static HostState of(Box box, InstalledAgent agent) {
        Path status = agent.home().resolve("package_statuses.json");
        return new HostState(
                TreeSnapshot.of(agent.home(), NOT_ROLLED_BACK).ignoringOwnTime(),
                recordOf(agent.home().resolve("updater")),
                TreeSnapshot.of(box.at(box.init().definition())),
                recordOf(agent.home().resolveSibling(InstalledAgent.JMX_JAR)),
                box.init().service(box),
                agent.runningVersion(),
                Files.isRegularFile(status, LinkOption.NOFOLLOW_LINKS) ? agent.read("package_statuses.json") : "");
    }

    private static Optional<TreeSnapshot> recordOf(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? Optional.of(TreeSnapshot.of(path)) : Optional.empty();
    }

    String activeState() {
        return service.getOrDefault("ActiveState", "");
    }

    String enablement() {
        return service.getOrDefault("UnitFileState", "");
    }

    String mainPid() {
        return service.getOrDefault("MainPID", "");
    }
}
