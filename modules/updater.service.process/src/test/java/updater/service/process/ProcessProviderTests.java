package updater.service.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import updater.api.Os;
import updater.api.service.ServiceManagerProvider;
import updater.api.service.ServiceManagerProvider.Fit;

class ProcessProviderTests {
    private final ServiceManagerProvider provider = new ProcessProvider();

    @Test
    void detect_anyHost_possible() {
        assertThat(provider.detect(new TestHost.DirectCommands()).fit()).isEqualTo(Fit.POSSIBLE);
        assertThat(provider.systems()).containsExactlyInAnyOrder(Os.values());
        assertThat(provider.name()).isEqualTo("process");
    }
}
