package updater.state.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** What records may hold, and bytes that may be none. */
public final class AnyRecord {
    private AnyRecord() {}

    /** Returns texts that have a form in UTF-8, short ones and such as are near the length of a part. */
    public static Arbitrary<String> texts() {
        Arbitrary<String> any = Arbitraries.strings().ofMaxLength(40);
        Arbitrary<String> ascii = Arbitraries.strings().ascii().ofMinLength(240).ofMaxLength(270);
        Arbitrary<String> replaced =
                Arbitraries.strings().withChars('a', '\uFFFD', 'ü').ofMaxLength(300);
        return Arbitraries.oneOf(any, ascii, replaced)
                .map(text -> new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }

    /** Returns all moments. */
    public static Arbitrary<Instant> instants() {
        return Combinators.combine(
                        Arbitraries.longs().between(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond()),
                        Arbitraries.integers().between(0, 999_999_999))
                .as((seconds, nanos) -> Instant.ofEpochSecond(seconds, nanos));
    }

    /**
     * Returns a tag and bytes behind it.
     *
     * @param small whether they are small numbers: these make lengths and choices that go on
     */
    public static byte[] tagged(byte tag, byte[] payload, boolean small) {
        byte[] bytes = new byte[payload.length + 1];
        bytes[0] = tag;
        for (int i = 0; i < payload.length; i++) {
            bytes[i + 1] = small ? (byte) (payload[i] & 7) : payload[i];
        }
        return bytes;
    }

    /** A reading of a record that begins at byte 8. */
    public interface Reading {
        void read() throws IOException;
    }

    /** Does what is to be done with each record that differs from this one in a bit. */
    public static void forEachFlip(byte[] whole, Flipped each) throws IOException {
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            assertRecordOrRefused(() -> each.read(flipped));
        }
    }

    /** A reading of bytes that may be no record. */
    public interface Flipped {
        void read(byte[] flipped) throws IOException;
    }

    /** Asserts that it reads a record, or says at which byte it cannot. */
    public static void assertRecordOrRefused(Reading reading) throws IOException {
        try {
            reading.read();
        } catch (DamagedLogException | FutureFormatException e) {
            assertThat(e).hasMessageContaining("byte 8");
        }
    }
}
