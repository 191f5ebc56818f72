package updater.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The signatures that the tests of this JVM have had judged, counted in {@code target/signature-cases.txt}. */
final class SignatureCases {
    private static final AtomicInteger VALID = new AtomicInteger();
    private static final AtomicInteger REFUSED = new AtomicInteger();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(SignatureCases::write));
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

    /** Surefire does not take what is printed that late. */
    private static void write() {
        try {
            Files.writeString(Path.of("target", "signature-cases.txt"), VALID + " valid, " + REFUSED + " refused\n");
        } catch (IOException e) {
            System.err.println("the number of signature cases is lost: " + e);
        }
    }
}
