package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Agents that know nothing of this updater, adopted by the commands of {@code docs/adopt.md} and of the examples' pages. */
@SystemTest
final class AdoptionSystemTests {
    @TempDir
    Path scratch;

    @ParameterizedTest
    @CsvSource({
        "docs/adopt.md, jmx-exporter",
        "examples/README.md, disk-agent",
        "examples/h2-server/README.md, h2-server",
        "examples/shell-agent/README.md, disk-agent",
        "examples/python-agent/README.md, load-agent"
    })
    void commands_ofThePage_doWhatItSaysAndLeaveNothing(String page, String product, Box box, Bundles bundles)
            throws IOException {
        List<PageCommands.Block> blocks = PageCommands.blocks(page);
        PageCommands commands = PageCommands.open(box, bundles, scratch);
        try {
            commands.run(blocks);
        } catch (RuntimeException | Error e) {
            // What is left of the agent is in nobody's way.
            box.close();
            throw e;
        }

        assertThat(blocks).hasSizeGreaterThan(4);
        assertThat(box.exec("sh", "-c", "find /etc /opt /run /usr/lib/systemd /var/lib -name '*" + product + "*'")
                        .ok())
                .as("what is left")
                .isEmpty();
        for (PageCommands.Block block : blocks) {
            if (block.kind().equals("json")) {
                assertThat(block.text())
                        .isEqualTo(Files.readString(PageCommands.file("examples/jmx-exporter/product.json")));
            }
        }
    }
}
