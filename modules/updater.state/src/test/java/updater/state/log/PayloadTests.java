package updater.state.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTests {
    private static final Path FILE = Path.of("/journal");

    private static PayloadReader reader(PayloadWriter written) {
        return new PayloadReader(FILE, 8, written.toBytes());
    }

    @Property
    void fields_any_areReadAsWritten(
            @ForAll long number,
            @ForAll int small,
            @ForAll("texts") String text,
            @ForAll @Size(max = 1200) byte[] blob,
            @ForAll("instants") Instant instant,
            @ForAll long seconds)
            throws IOException {
        Duration duration = Duration.ofSeconds(seconds, instant.getNano());
        PayloadWriter out =
                new PayloadWriter().start('x').number(number).text(text).blob(blob);
        PayloadReader in =
                reader(out.number(small).instant(instant).duration(duration).text(text));

        assertThat(in.octet()).isEqualTo('x');
        assertThat(in.number()).isEqualTo(number);
        assertThat(in.text()).isEqualTo(text);
        assertThat(in.blob()).isEqualTo(blob);
        assertThat(in.smallNumber()).isEqualTo(small);
        assertThat(in.instant()).isEqualTo(instant);
        assertThat(in.duration()).isEqualTo(duration);
        assertThat(in.text()).isEqualTo(text);
        in.end();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 253, 254, 255, 256, 509, 510, 511, 100_000})
    void blob_ofAnyLength_isReadAsWrittenAndHidesNoLostSector(int length) throws IOException {
        byte[] zeros = new byte[length];
        String text = "\0".repeat(length);
        PayloadWriter out =
                new PayloadWriter().start('x').blob(zeros).text(text).blob(zeros);
        PayloadReader in = reader(out);

        in.octet();
        assertThat(in.blob()).isEqualTo(zeros);
        assertThat(in.text()).isEqualTo(text);
        assertThat(in.blob()).isEqualTo(zeros);
        in.end();
        assertThat(new String(out.toBytes(), StandardCharsets.ISO_8859_1)).doesNotContain("\0".repeat(300));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800", "a\udc00b", "\ud800\ud800\udc00", "\udc00\ud800", "ü\ud83d"})
    void text_withALoneSurrogate_isRefusedHoweverLong(String text) {
        assertThatThrownBy(() -> new PayloadWriter().text(text)).isInstanceOf(UnrecordableException.class);
        assertThatThrownBy(() -> new PayloadWriter().text("x".repeat(300) + text))
                .isInstanceOf(UnrecordableException.class);
    }

    @Provide
    Arbitrary<String> texts() {
        return AnyRecord.texts();
    }

    @Provide
    Arbitrary<Instant> instants() {
        return AnyRecord.instants();
    }
}
