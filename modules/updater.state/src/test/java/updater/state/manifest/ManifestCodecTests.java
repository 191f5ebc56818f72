package updater.state.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;
import updater.state.log.AnyRecord;
import updater.state.log.DamagedLogException;
import updater.state.log.PayloadWriter;

class ManifestCodecTests {
    private static final Path FILE = Path.of("/manifest");

    /** The path of the record before. */
    private static final String BEFORE = "a/" + "deep/".repeat(60) + "e";

    @Test
    void manifest_entryCutAtEveryByteOrWithABitFlipped_isRefusedOrAnEntry() throws IOException {
        refuseOrRead(ManifestCodec.encode(new PayloadWriter(), BEFORE, entry(), Optional.of("note")));
    }

    @Test
    void manifest_shortenedEntryCutAtEveryByteOrWithABitFlipped_isRefusedOrAnEntry() throws IOException {
        byte[] whole =
                ManifestCodec.encode(new PayloadWriter(), BEFORE, entry().withPath(BEFORE + "/x"), Optional.empty());

        assertThat(whole).startsWith('E').hasSizeLessThan(BEFORE.length() + 400);
        refuseOrRead(whole);
    }

    private static void refuseOrRead(byte[] whole) throws IOException {
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> ManifestCodec.decode(FILE, 8, BEFORE, cut))
                    .as("cut at %d", length)
                    .isInstanceOf(DamagedLogException.class);
        }
        AnyRecord.forEachFlip(whole, flipped -> ManifestCodec.decode(FILE, 8, BEFORE, flipped));
    }

    @Test
    void manifest_oneAttributeTwice_isDamage() throws IOException {
        byte[] whole = ManifestCodec.encode(new PayloadWriter(), BEFORE, entry(), Optional.of("note"));
        String text = new String(whole, StandardCharsets.ISO_8859_1).replace("user.two", "user.one");

        assertThatThrownBy(() -> ManifestCodec.decode(FILE, 8, BEFORE, text.getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(DamagedLogException.class)
                .hasMessageContaining("each attribute once");
    }

    @Property
    void manifest_anyBytes_areARecordOrRefused(
            @ForAll("tags") byte tag, @ForAll @Size(max = 80) byte[] payload, @ForAll boolean small)
            throws IOException {
        byte[] bytes = AnyRecord.tagged(tag, payload, small);
        AnyRecord.assertRecordOrRefused(() -> ManifestCodec.decode(FILE, 8, BEFORE, bytes));
    }

    @Provide
    Arbitrary<Byte> tags() {
        return Arbitraries.of((byte) 'e', (byte) 'g', (byte) 'E', (byte) 'G', (byte) 'n', (byte) 0, (byte) -1);
    }

    private static FileEntry entry() {
        return new FileEntry(
                "a/ü",
                new Stat(
                        FileType.SYMLINK,
                        1L << 40,
                        0777,
                        1000,
                        4_294_967_294L,
                        Instant.EPOCH.minusNanos(1),
                        Instant.parse("2026-01-02T03:04:05.678901234Z"),
                        -1,
                        Long.MAX_VALUE,
                        1),
                Optional.of("target"),
                Map.of("user.one", Bytes.of(new byte[300]), "user.two", Bytes.of(new byte[0])),
                OptionalLong.of(7));
    }
}
