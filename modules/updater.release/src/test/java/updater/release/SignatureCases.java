package updater.release;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The signatures that the tests of this JVM have had judged, counted. */
final class SignatureCases {
    private static final AtomicInteger VALID = new AtomicInteger();
    private static final AtomicInteger REFUSED = new AtomicInteger();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> System.out.println(
                        "signature cases of this JVM: " + VALID + " valid, " + REFUSED + " refused")));
    }

    private SignatureCases() {}

    static Optional<String> problem(byte[] key, byte[] message, byte[] signature) {
        return counted(Ed25519.problem(key, message, signature));
    }

    static <T> Optional<T> counted(Optional<T> problem) {
        (problem.isEmpty() ? VALID : REFUSED).incrementAndGet();
        return problem;
    }

    static void valid() {
        VALID.incrementAndGet();
    }

    static void refused() {
        REFUSED.incrementAndGet();
    }
}
