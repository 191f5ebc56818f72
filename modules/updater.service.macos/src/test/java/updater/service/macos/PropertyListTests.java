package updater.service.macos;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.service.macos.PropertyList.Malformed;

class PropertyListTests {
    private static final String HEAD = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\""
            + " \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n";

    private static PropertyList parse(String dict) throws Malformed {
        return PropertyList.parse((HEAD + "<plist version=\"1.0\"><dict>" + dict + "</dict></plist>").getBytes(UTF_8));
    }

    @Test
    void parse_typesOfAll_areRead() throws Exception {
        PropertyList plist = parse("""
                <key>Label</key><string>com.example &amp; <![CDATA[<co>]]></string>
                <!-- a comment --><key>ProgramArguments</key><array><string>/bin/a</string><string>-x</string></array>
                <key>RunAtLoad</key><true/><key>Off</key><false/>
                <key>ExitTimeOut</key><integer> 30 </integer>
                <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
                <key>Nice</key><real>1.5</real><key>D</key><data>AAAA</data><key>T</key><date>2020-01-01T00:00:00Z</date>
                """);

        assertThat(plist.string("Label")).contains("com.example & <co>");
        assertThat(plist.strings("ProgramArguments")).containsExactly("/bin/a", "-x");
        assertThat(plist.isTrue("RunAtLoad")).isTrue();
        assertThat(plist.isTrue("Off")).isFalse();
        assertThat(plist.isTrue("KeepAlive")).isFalse();
        assertThat(plist.seconds("ExitTimeOut")).contains(Duration.ofSeconds(30));
        assertThat(plist.seconds("Label")).isEmpty();
        assertThat(plist.texts()).contains("SuccessfulExit", "-x", "1.5");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<key>A</key>",
                "<string>A</string>",
                "<key>A</key><key>B</key>",
                "<key>A</key><string>1</string><key>A</key><string>2</string>",
                "<key>A</key><other/>",
                "<key>A</key><integer>one</integer>",
                "<key>A</key><string>a<b/></string>",
                "<key>A</key><array>text</array>",
                "text",
                "<key>A</key><string>&#0;</string>",
                "<key>A</key><string>unclosed"
            })
    void parse_notAPropertyList_isMalformed(String dict) {
        assertThatThrownBy(() -> parse(dict)).isInstanceOf(Malformed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[Service]\n", "<plist><array/></plist>", "<plist/>", "<dict/>", "bplist00"})
    void parse_noPlistAtAll_isMalformed(String text) {
        assertThatThrownBy(() -> PropertyList.parse(text.getBytes(UTF_8))).isInstanceOf(Malformed.class);
    }

    /** Neither the file it names is read, nor what is declared blown up. */
    @Test
    void parse_documentTypeOfItsOwn_isRefused(@TempDir Path directory) throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        String external = "<!DOCTYPE plist [<!ENTITY x SYSTEM \"" + secret.toUri() + "\">]>";
        String internal = "<!DOCTYPE plist [<!ENTITY x \"aaaa\"><!ENTITY y \"&x;&x;&x;&x;\">]>";

        for (String type : List.of(external, internal)) {
            for (String use : List.of("&x;", "none")) {
                String text = type + "<plist><dict><key>Label</key><string>" + use + "</string></dict></plist>";
                assertThatThrownBy(() -> PropertyList.parse(text.getBytes(UTF_8)))
                        .as(text)
                        .isInstanceOf(Malformed.class)
                        .hasMessageNotContaining("secret\n");
            }
        }
    }

    /** A document type on a server that would answer nobody for ever. */
    @Test
    void parse_documentTypeElsewhere_isNotLoaded() throws Exception {
        String text = "<!DOCTYPE plist SYSTEM \"http://192.0.2.1/never.dtd\"><plist><dict/></plist>";

        assertThat(PropertyList.parse(text.getBytes(UTF_8)).texts()).isEmpty();
    }

    @Test
    void isBinary_byItsFirstBytes() {
        assertThat(PropertyList.isBinary("bplist00\0\0".getBytes(UTF_8))).isTrue();
        assertThat(PropertyList.isBinary("<plist/>".getBytes(UTF_8))).isFalse();
        assertThat(PropertyList.isBinary(new byte[0])).isFalse();
    }

    @Test
    void expand_placeholders_areEscapedAndTheRestStays() throws Exception {
        String before = HEAD + "<plist>\r\n<!-- [INSTALLDIR] é --><dict><key>P</key>"
                + "<string>[INSTALLDIR]bin/a -c [INSTALLDIR]c é &lt;</string></dict></plist>\n";

        byte[] after = PropertyListText.expand(before.getBytes(UTF_8), Map.of("[INSTALLDIR]", "/opt/a & <b>/ü/"));

        assertThat(new String(after, UTF_8)).isEqualTo(before.replace("[INSTALLDIR]", "/opt/a &amp; &lt;b&gt;/ü/"));
        assertThat(PropertyList.parse(after).string("P")).contains("/opt/a & <b>/ü/bin/a -c /opt/a & <b>/ü/c é <");
    }

    @Test
    void expand_placeWhereItCannotBeEscaped_isRefused() throws Exception {
        String cdata = "<plist><dict><key>P</key><string><![CDATA[[INSTALLDIR]a]]></string></dict></plist>";
        String plain = "<plist><dict><key>P</key><string>[INSTALLDIR]a</string></dict></plist>";

        assertThatThrownBy(() -> PropertyListText.expand(cdata.getBytes(UTF_8), Map.of("[INSTALLDIR]", "/opt/a & b/")))
                .isInstanceOf(Malformed.class);
        assertThat(PropertyListText.expand(cdata.getBytes(UTF_8), Map.of("[INSTALLDIR]", "/opt/a/")))
                .asString(UTF_8)
                .contains("[/opt/a/a]");
        byte[] wide = ("<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + plain).getBytes(StandardCharsets.UTF_16);
        assertThatThrownBy(() -> PropertyListText.expand(wide, Map.of("[INSTALLDIR]", "/opt/a/")))
                .isInstanceOf(Malformed.class);
        byte[] latin = ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + plain).getBytes(UTF_8);
        assertThatThrownBy(() -> PropertyListText.expand(latin, Map.of("[INSTALLDIR]", "/opt/ü/")))
                .isInstanceOf(Malformed.class);
        assertThatThrownBy(() -> PropertyListText.expand(plain.getBytes(UTF_8), Map.of("[INSTALLDIR]", "/opt/\u0001/")))
                .isInstanceOf(Malformed.class);
    }

    /** Whatever home is called: what launchd reads is home, or the definition is refused. */
    @Property(tries = 300)
    void expand_anyHome_isReadAsThatHomeOrRefused(@ForAll @NotEmpty String name) throws Exception {
        String directory = "/opt/" + name + "/";
        byte[] before =
                (HEAD + "<plist><dict><key>P</key><string>[INSTALLDIR]a</string></dict></plist>").getBytes(UTF_8);
        byte[] after;
        try {
            after = PropertyListText.expand(before, Map.of("[INSTALLDIR]", directory));
        } catch (Malformed e) {
            assertThat(name)
                    .as("only what XML cannot hold is refused")
                    .matches("(?s).*[^\\u0020-\\uD7FF\\uE000-\\uFFFD].*");
            return;
        }
        assertThat(PropertyList.parse(after).string("P")).contains(directory + "a");
    }
}
