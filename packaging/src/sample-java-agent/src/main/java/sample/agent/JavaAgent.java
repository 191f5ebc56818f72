package sample.agent;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import updater.agent.AgentUpdates;
import updater.agent.HandOver;
import updater.agent.Limits;
import updater.opamp.OpampClient;

/**
 * A small agent that is a Java program: it says at an HTTP endpoint how it is, and updates itself as its OpAMP server says.
 * Demo and tests install it, so it misbehaves on request; the launcher beside its sources says how.
 */
public final class JavaAgent {
    private static final Duration STOPPING = Duration.ofSeconds(10);

    private final Path home;
    private final String version;
    private final String name;
    private final Properties settings;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private JavaAgent(Path home, String version, String name) throws IOException {
        this.home = home;
        this.version = version;
        this.name = name;
        this.settings = lines("manager.yaml");
    }

    /** Takes the path of the launcher, which lies in home, the version and the name of the package. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path home = Path.of(arguments[0]).toAbsolutePath().getParent();
        JavaAgent agent = new JavaAgent(home, arguments[1], arguments[2]);
        agent.log("starting");
        String behaviour = agent.behaviour();
        if (behaviour.equals("crash")) {
            throw new IllegalStateException("crashes on request");
        }
        agent.stopAtShutdown();
        agent.work(behaviour);
    }

    /** The virtual machine ends with its hooks: they wait for what the main thread has to close. */
    private void stopAtShutdown() {
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stopped.countDown();
            try {
                main.join(STOPPING.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    /** What the agent is for, until it is stopped. */
    private void work(String behaviour) throws IOException, InterruptedException {
        HttpServer health = healthEndpoint();
        try {
            if (behaviour.equals("silent")
                    || settings.getProperty("endpoint", "").isEmpty()) {
                stopped.await();
                return;
            }
            String called = behaviour.equals("another") ? version + "-another" : version;
            try (OpampClient server = client();
                    AgentUpdates updates = updates(called, server)) {
                server.start(updates);
                log("is up");
                stopped.await();
            }
        } finally {
            health.stop(0);
            log("stopped");
        }
    }

    private OpampClient client() throws IOException {
        return OpampClient.builder(URI.create(settings.getProperty("endpoint")), home.resolve("storage/instance-uid"))
                .identifiedBy("service.name", name)
                .describedBy("home", home.toString())
                .pollInterval(milliseconds("poll-ms", Duration.ofSeconds(30)))
                .build();
    }

    private AgentUpdates updates(String called, OpampClient server) {
        Limits usual = Limits.DEFAULT;
        boolean request = settings.getProperty("hand-over", "launch").equals("request");
        return AgentUpdates.builder(home, name, called)
                .handOver(request ? HandOver.REQUEST : HandOver.LAUNCH)
                .limits(new Limits(
                        usual.bundleBytes(),
                        milliseconds("stall-ms", usual.stall()),
                        usual.attempts(),
                        usual.download(),
                        usual.launch(),
                        usual.answer()))
                .listener(server)
                .build();
    }

    private Duration milliseconds(String key, Duration unset) {
        String value = settings.getProperty(key);
        return value == null ? unset : Duration.ofMillis(Long.parseLong(value));
    }

    /** Where no port is set, any: it is in the log. */
    private HttpServer healthEndpoint() throws IOException {
        int port = Integer.parseInt(settings.getProperty("health-port", "0"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        byte[] answer = (name + " " + version + "\n").getBytes(StandardCharsets.UTF_8);
        server.createContext("/health", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        log("is healthy at port " + server.getAddress().getPort());
        return server;
    }

    private String behaviour() throws IOException {
        String shipped = lines("behaviour").getProperty(version, "");
        return lines("storage/behaviour").getProperty(version, shipped);
    }

    private Properties lines(String file) throws IOException {
        Properties lines = new Properties();
        Path path = home.resolve(file);
        if (Files.exists(path)) {
            try (var reader = Files.newBufferedReader(path)) {
                lines.load(reader);
            }
        }
        return lines;
    }

    private void log(String text) throws IOException {
        Path log = Files.createDirectories(home.resolve("log")).resolve("agent.log");
        String line = "%s %s[%d] %s%n"
                .formatted(
                        Instant.now().truncatedTo(ChronoUnit.SECONDS),
                        version,
                        ProcessHandle.current().pid(),
                        text);
        Files.writeString(log, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
