package updater.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The Ed25519 vectors of C2SP/wycheproof, whose file {@code -Dwycheproof=FILE} names. */
@EnabledIfSystemProperty(named = "wycheproof", matches = ".+", disabledReason = "-Dwycheproof=FILE names the vectors")
class WycheproofTests {
    private static final Pattern MEMBER = Pattern.compile(
            "\"pk\"\\s*:\\s*\"(?<pk>[0-9a-f]*)\"|\"flags\"\\s*:\\s*\\[(?<flags>[^]]*)]\\s*,\\s*\"msg\"\\s*:\\s*\"(?<msg>[0-9a-f]*)\""
                    + "\\s*,\\s*\"sig\"\\s*:\\s*\"(?<sig>[0-9a-f]*)\"\\s*,\\s*\"result\"\\s*:\\s*\"(?<result>[a-z]+)\"");

    @Test
    void vectors_ofTheFile_areJudgedAsTheySay() throws IOException {
        String json = Files.readString(Path.of(System.getProperty("wycheproof")));
        Matcher expected = Pattern.compile("\"numberOfTests\"\\s*:\\s*([0-9]+)").matcher(json);
        assertThat(expected.find()).isTrue();
        Map<String, Integer> counts = new TreeMap<>();
        int judged = 0;
        byte[] key = {};
        for (Matcher member = MEMBER.matcher(json); member.find(); ) {
            if (member.group("pk") != null) {
                key = HexFormat.of().parseHex(member.group("pk"));
                continue;
            }
            judged++;
            boolean valid = SignatureCases.problem(key, hex(member, "msg"), hex(member, "sig"))
                    .isEmpty();
            counts.merge(
                    member.group("flags").replaceAll("[\"\\s]", "") + " " + member.group("result") + ": judged "
                            + (valid ? "valid" : "invalid"),
                    1,
                    Integer::sum);
        }
        counts.forEach((what, count) -> System.out.println("wycheproof " + what + " " + count));
        assertThat(judged).isEqualTo(Integer.parseInt(expected.group(1)));
        assertThat(counts.keySet()).allSatisfy(what -> assertThat(what).matches(".* (valid|invalid): judged \\1"));
    }

    private static byte[] hex(Matcher member, String name) {
        return HexFormat.of().parseHex(member.group(name));
    }
}
