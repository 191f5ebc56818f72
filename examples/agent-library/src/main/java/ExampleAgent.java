import java.net.URI;
import java.nio.file.Path;
import updater.agent.AgentUpdates;
import updater.agent.HandOver;
import updater.opamp.OpampClient;

public final class ExampleAgent {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        URI address = URI.create(arguments[1]);
        try (OpampClient server = OpampClient.builder(address, home.resolve("storage/instance-uid"))
                        .identifiedBy("service.name", "org.example.agent")
                        .build();
                AgentUpdates updates = AgentUpdates.builder(home, "example-agent", "v1")
                        .handOver(HandOver.REQUEST)
                        .listener(server)
                        .build()) {
            server.start(updates);
            Thread.currentThread().join(); // what the agent is for
        }
    }
}
