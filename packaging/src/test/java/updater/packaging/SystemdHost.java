package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** systemd, as it runs on this host. */
final class SystemdHost implements HostInit {
    private static final String UNIT = InstalledAgent.UNIT;
    private static final Duration LAST_LOOK = Duration.ofSeconds(60);

    /** A unit that is going on although its file is gone. */
    private static final Pattern REMOVED_AT_WORK = Pattern.compile("\\snot-found\\s+(activating|deactivating)\\s");

    private static final List<String> UNIT_DIRECTORIES =
            List.of("/etc/systemd/system", "/run/systemd/system", "/run/systemd/transient", "/usr/lib/systemd/system");

    @Override
    public String updatersName() {
        return "systemd";
    }

    @Override
    public String leader() {
        return "systemd";
    }

    @Override
    public void prepare(Path root, BoxSpec spec) throws IOException {
        Files.writeString(root.resolve("etc/fstab"), "");
        // An empty one makes systemd believe in a first boot and enable everything its presets name.
        Files.writeString(
                root.resolve("etc/machine-id"), UUID.randomUUID().toString().replace("-", "") + "\n");
        Path units = Files.createDirectories(root.resolve("etc/systemd/system"));
        Files.createSymbolicLink(units.resolve("default.target"), Path.of("/usr/lib/systemd/system/multi-user.target"));
        for (String unit : spec.masked()) {
            Files.createSymbolicLink(units.resolve(unit), Path.of("/dev/null"));
        }
    }

    @Override
    public boolean booted(Path root, Shell shell) {
        if (!Files.exists(root.resolve("run/systemd/private"))) {
            return false;
        }
        String state = shell.run("systemctl", "is-system-running").out().strip();
        return state.equals("running") || state.equals("degraded");
    }

    @Override
    public List<String> powerOff() {
        return List.of("systemctl", "poweroff");
    }

    @Override
    public String definition() {
        return InstalledAgent.UNIT_FILE;
    }

    @Override
    public String stagedDefinition() {
        return "install/" + UNIT;
    }

    /** Enabling makes systemd read the units anew, once for all that was removed and placed. */
    @Override
    public void enable(Box box) {
        box.systemctl("enable", "--now", UNIT);
    }

    @Override
    public void remove(Box box, String home) {
        box.exec("sh", "-c", """
                name=${3%.service}
                systemctl kill --kill-whom=all --signal=KILL "$name*"
                systemctl stop "$name*" "$3"
                systemctl reset-failed "$name*" "$3"
                for home in "$1" "$4"; do
                    grep -o " $home[^ ]*" /proc/mounts | xargs -r umount
                    chattr -f -R -i -a "$home"
                done
                rm -rf "$1" "$4" "$2" /etc/systemd/system/"$name"* /usr/lib/systemd/system/"$name"* \
                    /etc/systemd/system/*.wants/"$name"* /etc/systemd/system/*.requires/"$name"* \
                    /run/systemd/system/"$name"* "/var/lib/$name-updater" "/etc/default/$name" "/etc/sysconfig/$name" \
                    "${1%/*}/opentelemetry-java-contrib-jmx-metrics.jar"
                """, "remove", home, InstalledAgent.UNIT_FILE, UNIT, InstalledAgent.HOME)
                .ok();
    }

    @Override
    public void forget(Box box) {
        box.systemctl("daemon-reload");
    }

    @Override
    public String mainPid(Box box) {
        return box.show(UNIT, "MainPID");
    }

    @Override
    public Map<String, String> service(Box box) {
        return box.show(
                UNIT,
                "ActiveState",
                "UnitFileState",
                "FragmentPath",
                "DropInPaths",
                "MainPID",
                "Description",
                "NeedDaemonReload");
    }

    /**
     * A look that its timer began just before the guard was removed ends by itself, having found nothing to do: that end is
     * waited for. All else that is left of a guard would be left for good.
     */
    @Override
    public List<String> guardTraces(Box box) {
        AtomicReference<List<String>> units = new AtomicReference<>(List.of());
        Await.until(LAST_LOOK, () -> "the removed guard's last look ends: " + units.get(), () -> {
            units.set(box.exec("systemctl", "list-units", "--all", "--plain", "--no-legend", "*-updater*")
                    .ok()
                    .lines()
                    .toList());
            return units.get().stream()
                    .noneMatch(unit -> REMOVED_AT_WORK.matcher(unit).find());
        });
        List<String> traces = new ArrayList<>(units.get());
        for (String directory : UNIT_DIRECTORIES) {
            traces.addAll(guardFiles(box.live(directory)));
        }
        // The trigger stays as long as the updater is enrolled.
        traces.removeIf(trace -> trace.contains("-updater.path") || trace.contains("-updater.service"));
        return traces;
    }

    private static List<String> guardFiles(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().contains("-updater"))
                    .map(Path::toString)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String journal(Box box) {
        return box.journal();
    }
}
