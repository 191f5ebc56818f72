package updater.agent;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** An agent in a virtual machine of its own, which takes one offer and ends when it has handed it over. */
final class DownloadingAgent {
    private DownloadingAgent() {}

    /** Takes home, address and SHA-256. */
    public static void main(String[] arguments) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        OfferedPackage offered = new OfferedPackage(
                "agent",
                "v2",
                Hash.ofHex("02"),
                URI.create(arguments[1]),
                Hash.ofHex(arguments[2]),
                Hash.ofHex("00"),
                List.of());
        try (AgentUpdates updates = AgentUpdates.builder(Path.of(arguments[0]), "agent", "v1")
                .handOver(HandOver.REQUEST)
                .listener(statuses -> {
                    InstallStatus status = statuses.packages().get("agent").status();
                    if (status == InstallStatus.INSTALLING || status == InstallStatus.INSTALL_FAILED) {
                        System.out.println(status);
                        done.countDown();
                    }
                })
                .build()) {
            if (updates.started().packages().get("agent").status() == InstallStatus.INSTALLED) {
                updates.offer(Offer.of(offered));
            }
            done.await();
        }
    }
}
