package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskOnDemandTests {
    @Test
    void disk_untilUsed_isNotLookedForAndThenOnce(@TempDir Path temp) throws Exception {
        AtomicInteger searches = new AtomicInteger();

        Disk disk = new DiskOnDemand(() -> {
            searches.incrementAndGet();
            return Disk.portable();
        });
        assertThat(searches).hasValue(0);
        disk.open(temp).close();
        assertThat(disk.space(temp).usableBytes()).isPositive();
        assertThat(searches).hasValue(1);
    }
}
