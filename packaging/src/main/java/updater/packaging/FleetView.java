package updater.packaging;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import okio.ByteString;
import opamp.proto.AgentToServer;
import opamp.proto.KeyValue;
import opamp.proto.PackageStatus;
import updater.opamp.fleet.FleetServer;

/** What a server knows of its agents, by what they have told it, as text. */
final class FleetView {
    private static final int BAR = 30;

    /** Where output is no terminal, lines are not written over: a bar is shown each time that so much more is there. */
    private static final int STEP_PERCENT = 25;

    private final PrintStream out;
    private final boolean terminal;
    private final FleetServer server;
    private final String packageName;
    private final Map<ByteString, String> names = new HashMap<>();
    private final Map<String, PackageStatus> statuses = new TreeMap<>();
    private final Map<String, List<String>> told = new TreeMap<>();
    private final Map<String, String> shown = new HashMap<>();
    private int read;
    private int linesToOverwrite;

    /** @param terminal whether lines can be written over */
    FleetView(PrintStream out, boolean terminal, FleetServer server, String packageName) {
        this.out = out;
        this.terminal = terminal;
        this.server = server;
        this.packageName = packageName;
    }

    /** Takes in what has come since the last call. */
    void update() {
        List<FleetServer.Received> all = server.all;
        for (; read < all.size(); read++) {
            AgentToServer message = all.get(read).message();
            if (message.agent_description != null) {
                names.put(message.instance_uid, home(message));
            }
            if (message.package_statuses != null) {
                take(names.getOrDefault(message.instance_uid, "?"), message.package_statuses.packages.get(packageName));
            }
        }
    }

    private static String home(AgentToServer message) {
        for (KeyValue attribute : message.agent_description.non_identifying_attributes) {
            if (attribute.key.equals("home")) {
                String home = attribute.value.string_value;
                return home.substring(home.lastIndexOf('/') + 1);
            }
        }
        return "?";
    }

    private void take(String name, PackageStatus status) {
        statuses.put(name, status);
        List<String> words = told.computeIfAbsent(name, unknown -> new ArrayList<>());
        String word = word(status);
        if (words.isEmpty() || !words.getLast().equals(word)) {
            words.add(word);
        }
    }

    /** Returns the agents by the names of their homes. */
    Map<String, ByteString> agents() {
        Map<String, ByteString> agents = new TreeMap<>();
        names.forEach((uid, name) -> agents.put(name, uid));
        return agents;
    }

    /** Returns what an agent said last, as {@code Installed v1}; empty when nothing. */
    String last(String name) {
        PackageStatus status = statuses.get(name);
        return status == null ? "" : word(status);
    }

    private static String word(PackageStatus status) {
        String word = status.status.name().substring("PackageStatusEnum_".length());
        return word + " " + (word.equals("Installed") ? status.agent_has_version : status.server_offered_version);
    }

    /** Shows how far each agent is, where that has changed. */
    void showProgress() {
        if (terminal && linesToOverwrite > 0) {
            out.print("\033[" + linesToOverwrite + "A");
        }
        linesToOverwrite = 0;
        statuses.forEach((name, status) -> {
            if (status.server_offered_version.isEmpty()) {
                return;
            }
            if (terminal) {
                out.println("\033[K" + line(name, status));
                linesToOverwrite++;
            } else if (!step(status).equals(shown.put(name, step(status)))) {
                out.println(line(name, status));
            }
        });
    }

    private static String step(PackageStatus status) {
        return word(status) + (int) percent(status) / STEP_PERCENT;
    }

    private static double percent(PackageStatus status) {
        return switch (status.status) {
            case PackageStatusEnum_InstallPending -> 0;
            case PackageStatusEnum_Downloading ->
                status.download_details == null ? 0 : status.download_details.download_percent;
            default -> 100;
        };
    }

    private static String line(String name, PackageStatus status) {
        int done = (int) (percent(status) * BAR / 100);
        String rate = status.download_details == null
                ? ""
                : String.format(
                        Locale.ROOT, "%6.1f MiB/s", status.download_details.download_bytes_per_second / (1 << 20));
        return String.format(
                Locale.ROOT,
                "%-9s [%s%s] %3.0f %% %-12s %s",
                name,
                "#".repeat(done),
                "-".repeat(BAR - done),
                percent(status),
                rate,
                word(status));
    }

    /** Shows everything. */
    void showAll() {
        statuses.forEach((name, status) -> {
            String offered = status.server_offered_version;
            out.printf(
                    "%-9s runs %s, %s%n",
                    name,
                    status.agent_has_version,
                    offered.isEmpty() ? "was offered nothing" : "was offered " + offered);
            out.printf("%-9s said %s%n", "", String.join(", ", told.getOrDefault(name, List.of())));
            if (!status.error_message.isEmpty()) {
                out.printf("%-9s because %s%n", "", status.error_message);
            }
        });
    }
}
