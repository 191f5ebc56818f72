package updater.packaging;

import com.sun.net.httpserver.HttpExchange;
import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import okio.ByteString;
import opamp.proto.DownloadableFile;
import opamp.proto.PackageAvailable;
import opamp.proto.PackagesAvailable;
import updater.api.UpdateFailure;
import updater.jlink.BuildFailure;
import updater.opamp.fleet.FleetServer;
import updater.testkit.TreeSnapshot;

/**
 * Shows three agents that are Java programs, and their OpAMP server, which offers all of them an update: two are updated, the
 * third gets a version that cannot start, and goes back. Works in {@code target/demo-opamp} alone, and ends every process it
 * started.
 */
public final class OpampDemo {
    private static final String PACKAGE = "sample-agent";
    private static final int AGENTS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration GLANCE = Duration.ofMillis(200);

    /** As long as a download takes, so that there is something to be seen. */
    private static final Duration DOWNLOAD = Duration.ofSeconds(3);

    private static final int CHUNKS = 40;

    private final PrintStream out;
    private final DemoVendor vendor;
    private final FleetServer server;
    private final FleetView view;
    private final List<String> java;
    private final List<DemoAgent> agents = new ArrayList<>();
    private final Map<String, byte[]> files = new HashMap<>();

    private OpampDemo(PrintStream out, DemoVendor vendor, Path module, FleetServer server) {
        this.out = out;
        this.vendor = vendor;
        this.server = server;
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        this.view = new FleetView(out, terminal, server, PACKAGE);
        this.java = List.of(
                "--jars",
                module.resolve("src/sample-java-agent/target/lib").toString(),
                "--java-home",
                System.getProperty("java.home", ""));
        for (int i = 1; i <= AGENTS; i++) {
            agents.add(new DemoAgent(module.resolve("target/demo-opamp/agent-" + i)));
        }
    }

    /** Takes the directory of the module {@code packaging} and the one of launcher and runtime; ends with 0 or 1. */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path module = Path.of(arguments[0]).toRealPath();
        Path runtime = Path.of(arguments[1]).toRealPath();
        boolean good;
        try (DemoVendor vendor = new DemoVendor(out, module, runtime, module.resolve("target/demo-opamp"));
                FleetServer server = new FleetServer()) {
            good = new OpampDemo(out, vendor, module, server).runAndEnd();
        } catch (IllegalStateException | BuildFailure | UpdateFailure | IOException e) {
            System.err.println("the demo failed: " + e.getMessage());
            good = false;
        }
        System.exit(good ? 0 : 1);
    }

    private boolean runAndEnd() throws IOException, UpdateFailure, InterruptedException {
        // An earlier demo that was interrupted left its agents.
        agents.forEach(DemoAgent::close);
        try {
            return run();
        } finally {
            agents.forEach(DemoAgent::close);
        }
    }

    private boolean run() throws IOException, UpdateFailure, InterruptedException {
        vendor.begin();
        title("An OpAMP server runs, and three sample agents v1 that know it");
        for (DemoAgent agent : agents) {
            vendor.install("v1", agent.home(), java);
            Files.writeString(agent.home().resolve("manager.yaml"), "endpoint: " + server.webSocket() + "\n");
            agent.start();
            agent.awaitVersion("v1");
        }
        await("all agents report", "Installed v1", "Installed v1", "Installed v1");
        out.println(server.webSocket());
        view.showAll();

        title("Their vendor packs v2 for each; the one for agent-3 cannot start");
        Map<String, PackagesAvailable> offers = new HashMap<>();
        for (DemoAgent agent : agents) {
            offers.put(name(agent), offer(pack(agent)));
        }
        List<TreeSnapshot> before = agents.stream().map(DemoAgent::tree).toList();

        title("The server offers v2 to all three");
        view.agents().forEach((name, uid) -> server.offerTo(uid, offers.get(name)));
        await("all updates end", "Installed v2", "Installed v2", "InstallFailed v2");

        title("What the server knows");
        view.showAll();
        return judge(before);
    }

    private static String name(DemoAgent agent) {
        return agent.home().getFileName().toString();
    }

    private Path pack(DemoAgent agent) throws IOException, UpdateFailure, InterruptedException {
        List<String> options = new ArrayList<>(java);
        if (agent == agents.getLast()) {
            options.addAll(List.of("--behaviour", "v2: crash"));
        }
        return vendor.pack("v2-for-" + name(agent), "v2", vendor.product(agent.home()), options);
    }

    private PackagesAvailable offer(Path bundle) throws IOException {
        String file = bundle.getFileName().toString();
        byte[] content = Files.readAllBytes(bundle);
        files.put(file, content);
        server.downloadAnswers.add(this::slowly);
        ByteString hash = ByteString.of(content).sha256();
        DownloadableFile download = new DownloadableFile.Builder()
                .download_url(server.serve(file, content).toString())
                .content_hash(hash)
                .build();
        PackageAvailable offered = new PackageAvailable.Builder()
                .version("v2")
                .hash(hash)
                .file(download)
                .build();
        return new PackagesAvailable.Builder()
                .packages(Map.of(PACKAGE, offered))
                .all_packages_hash(hash)
                .build();
    }

    /** Sends a file as over a line that is not fast. */
    private void slowly(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] content = files.get(path.substring(path.lastIndexOf('/') + 1));
        exchange.sendResponseHeaders(200, content.length);
        OutputStream body = exchange.getResponseBody();
        int chunk = content.length / CHUNKS + 1;
        for (int at = 0; at < content.length; at += chunk) {
            body.write(content, at, Math.min(chunk, content.length - at));
            body.flush();
            LockSupport.parkNanos(DOWNLOAD.dividedBy(CHUNKS).toNanos());
        }
    }

    /** Shows what happens until each agent's last word is this. */
    private void await(String what, String... words) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            view.update();
            boolean all = true;
            for (int i = 0; i < AGENTS; i++) {
                all &= view.last(name(agents.get(i))).equals(words[i]);
            }
            if (!files.isEmpty()) {
                view.showProgress();
            }
            if (all) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
    }

    private boolean judge(List<TreeSnapshot> before) throws IOException {
        DemoAgent bad = agents.getLast();
        for (DemoAgent agent : agents) {
            agent.awaitUpdaterEnd();
            agent.awaitVersion(agent == bad ? "v1" : "v2");
        }
        List<String> changes = bad.tree().changesSince(before.getLast());
        out.println();
        out.println(
                changes.isEmpty()
                        ? "Home of " + name(bad) + " is what it was: all "
                                + before.getLast().entries().size() + " paths."
                        : "That is not how it should have ended: " + changes);
        if (!server.violations.isEmpty()) {
            out.println("Against the specification: " + server.violations);
        }
        return changes.isEmpty() && server.violations.isEmpty();
    }

    private void title(String text) {
        out.println();
        out.println("=== " + text);
    }
}
