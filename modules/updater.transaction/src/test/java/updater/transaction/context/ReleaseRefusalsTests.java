package updater.transaction.context;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.RefusalCode;
import updater.release.ReleaseRefused.Check;

class ReleaseRefusalsTests {
    @ParameterizedTest
    @EnumSource(Check.class)
    void clockAdvice_whereTimesAreCompared_namesTheClockOfTheHost(Check check) {
        if (ReleaseRefusals.code(check) == RefusalCode.RELEASE_OUT_OF_DATE) {
            assertThat(ReleaseRefusals.clockAdvice(check).orElseThrow()).startsWith("Look at this host's clock");
        } else {
            assertThat(ReleaseRefusals.clockAdvice(check)).isEmpty();
        }
    }
}
