package updater.transaction;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class HardCasesTests {
    @ParameterizedTest
    @MethodSource("cases")
    void update_hardCase_endsAsItMust(String hardCase, @TempDir Path directory) throws Exception {
        HardCases.all()
                .get(hardCase)
                .play(Files.createDirectory(directory.toRealPath().resolve("world")));
    }

    static Set<String> cases() {
        return HardCases.all().keySet();
    }
}
