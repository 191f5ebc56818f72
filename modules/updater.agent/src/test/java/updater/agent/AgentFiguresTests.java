package updater.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a large download costs an agent, measured in a virtual machine of its own. */
@Tag("slow")
final class AgentFiguresTests {
    private static final int LENGTH = 250_000_000;
    private static final int CUT = LENGTH / 10 * 9;
    private static final long LIMIT_S = 300;

    @TempDir
    Path home;

    private Process agent(FileServer server, String sha256) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "updater.agent.DownloadingAgent",
                        home.toString(),
                        server.uri().toString(),
                        sha256))
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(home.resolve("said").toFile()))
                .start();
    }

    @Test
    void largeDownload_inLittleMemory_killedAt90Percent_fetchesTheRestOnly() throws Exception {
        byte[] content = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i += 1000) {
            content[i] = (byte) (i / 1000);
        }
        String sha256 = TestBundle.sha256(content).hex();
        Path partial = home.resolve("tmp/download/" + sha256 + ".part");
        try (FileServer server = new FileServer(content)) {
            server.next(server.stallAfter(CUT));
            Process first = agent(server, sha256);
            try {
                long begin = System.nanoTime();
                while (!Files.exists(partial) || Files.size(partial) < CUT) {
                    assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(LIMIT_S));
                    assertThat(first.isAlive())
                            .as(Files.readString(home.resolve("said")))
                            .isTrue();
                    LockSupport.parkNanos(10_000_000);
                }
            } finally {
                first.destroyForcibly().waitFor();
            }
            server.bytesSent.set(0);

            Process second = agent(server, sha256);

            assertThat(second.waitFor(LIMIT_S, TimeUnit.SECONDS)).isTrue();
            assertThat(home.resolve("said")).content().contains("INSTALLING").doesNotContain("INSTALL_FAILED");
            assertThat(server.requests.get(1).header("Range")).isEqualTo("bytes=" + CUT + "-");
            assertThat(server.bytesSent).hasValue(LENGTH - CUT);
            System.out.printf(
                    "%,d bytes with -Xmx32m; killed at %,d: %,d more were fetched%n",
                    LENGTH, CUT, server.bytesSent.get());
        }
    }
}
