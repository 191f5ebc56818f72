import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/** A server that starts an agent and waits for its first report over OpAMP: `java OneReport.java HOME COMMAND…`. */
final class OneReport {
    public static void main(String[] arguments) throws Exception {
        SynchronousQueue<byte[]> reports = new SynchronousQueue<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/opamp", exchange -> {
            byte[] report = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
            reports.offer(report);
        });
        server.start();
        String[] command = new String[arguments.length + 1];
        System.arraycopy(arguments, 1, command, 0, arguments.length - 1);
        command[arguments.length - 1] = Path.of(arguments[0]).toAbsolutePath().toString();
        command[arguments.length] = "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/opamp";
        Process agent = new ProcessBuilder(command).inheritIO().start();
        try {
            byte[] report = reports.poll(60, TimeUnit.SECONDS);
            if (report == null || !new String(report, StandardCharsets.ISO_8859_1).contains("org.example.agent")) {
                System.err.println("the agent has reported nothing, or not as org.example.agent");
                System.exit(1);
            }
            System.out.println("the agent reports as org.example.agent, in " + report.length + " bytes");
        } finally {
            agent.destroyForcibly().waitFor();
        }
        System.exit(0);
    }
}
