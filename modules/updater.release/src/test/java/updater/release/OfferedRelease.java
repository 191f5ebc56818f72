package updater.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import updater.release.ReleaseRefused.Check;

/** A release that a host is offered, and what it knows of earlier ones. */
abstract class OfferedRelease {
    static final byte[] LIST = Vendor.signed(Vendor.LIST, Vendor.ROOT1, Vendor.ROOT3);

    static ReleaseVerifier.Host at(String now) {
        return new ReleaseVerifier.Host("agent", "linux-amd64-glibc", Instant.parse(now));
    }

    static void assertRefused(ThrowingCallable call, Check check, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ReleaseRefused.class,
                        e -> assertThat(e.check()).as(e.getMessage()).isEqualTo(check))
                .hasMessageContaining(message)
                .hasMessageMatching("[ -~]+");
    }
}
