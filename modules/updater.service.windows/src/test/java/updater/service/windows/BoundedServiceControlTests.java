package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class BoundedServiceControlTests {
    private static final ServiceControl.Handle HANDLE = new ServiceControl.Handle() {};
    private static final Duration LONG = Duration.ofMinutes(1);

    /** What the manager does when it is called. */
    private interface Answer {
        Object give() throws Throwable;
    }

    private static ServiceControl bounded(Duration bound, Answer answer) {
        ServiceControl control = (ServiceControl) Proxy.newProxyInstance(
                ServiceControl.class.getClassLoader(),
                new Class<?>[] {ServiceControl.class},
                (proxy, method, arguments) -> answer.give());
        return BoundedServiceControl.of(control, bound);
    }

    /** What is not in the table would be called without a bound. */
    @Test
    void functions_nameEveryCallToTheManager() {
        assertThat(BoundedServiceControl.FUNCTIONS.keySet())
                .isEqualTo(Arrays.stream(ServiceControl.class.getDeclaredMethods())
                        .map(Method::getName)
                        .filter(name -> !name.equals("registryString"))
                        .collect(Collectors.toSet()));
    }

    @Test
    void call_thatReturns_givesItsResult() throws Exception {
        assertThat(bounded(LONG, () -> HANDLE).openManager(1)).isSameAs(HANDLE);
    }

    @Test
    void call_thatFails_failsTheSame() {
        Win32Failure failure = new Win32Failure("OpenService", 1060);
        IllegalStateException defect = new IllegalStateException("defect");

        assertThatThrownBy(() -> bounded(LONG, () -> {
                            throw failure;
                        })
                        .openService(HANDLE, "agent", 1))
                .isSameAs(failure);
        assertThatThrownBy(() -> bounded(LONG, () -> {
                            throw defect;
                        })
                        .queryStatus(HANDLE))
                .isSameAs(defect);
    }

    @Test
    void call_thatDoesNotReturn_isGivenUp() {
        CountDownLatch never = new CountDownLatch(1);
        ServiceControl control = bounded(Duration.ofMillis(1), () -> {
            never.await();
            return HANDLE;
        });

        assertThatExceptionOfType(Win32Failure.class)
                .isThrownBy(() -> control.start(HANDLE))
                .satisfies(e -> {
                    assertThat(e.function()).isEqualTo("StartService");
                    assertThat(e.code()).isEqualTo(ErrorCode.NO_ANSWER.code());
                });
        // A handle that cannot be closed goes with the process.
        control.close(HANDLE);
        never.countDown();
    }
}
