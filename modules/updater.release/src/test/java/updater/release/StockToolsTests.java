package updater.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code signify-openbsd} and {@code minisign} sign is verified here, and what is signed here they verify. Each test
 * is skipped where its tool is not installed.
 */
@DisabledOnOs(OS.WINDOWS)
class StockToolsTests {
    private static final byte[] TEXT = Vendor.RELEASE.text();

    @TempDir
    private Path directory;

    @BeforeEach
    void writeText() throws IOException {
        Files.write(directory.resolve("text"), TEXT);
    }

    private record Result(int exit, String output) {}

    private Result run(String... command) throws IOException, InterruptedException {
        assumeThat(List.of(System.getenv("PATH").split(File.pathSeparator, -1)))
                .as("where %s is", command[0])
                .anyMatch(place -> Files.isExecutable(Path.of(place, command[0])));
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(output));
    }

    private void succeed(String... command) throws IOException, InterruptedException {
        Result result = run(command);
        assertThat(result.exit()).as(result.output()).isZero();
    }

    private byte[] read(String name) throws IOException {
        return Files.readAllBytes(directory.resolve(name));
    }

    private void write(String name, byte[]... parts) throws IOException {
        Files.write(directory.resolve(name), TestKey.concat(parts));
    }

    private static ReleaseStatement verify(byte[] file, SignifyKey key) throws ReleaseRefused {
        SignedText signed = SignedText.parse("release statement", file, ReleaseStatement.MAX_BYTES, 1);
        signed.verify(0, key, "the key");
        SignatureCases.valid();
        return ReleaseStatement.parse(signed.text());
    }

    @Test
    void signify_signs_andItIsVerifiedHere() throws IOException, InterruptedException, ReleaseRefused {
        succeed("signify-openbsd", "-G", "-n", "-c", "a vendor's key", "-p", "key.pub", "-s", "key.sec");
        succeed("signify-openbsd", "-S", "-e", "-s", "key.sec", "-m", "text", "-x", "text.sig");
        SignifyKey key = SignifyKey.parse(read("key.pub"));
        assertThat(verify(read("text.sig"), key)).isEqualTo(Vendor.RELEASE);
        assertThatThrownBy(() -> verify(read("text.sig"), Vendor.KEY.key())).isInstanceOf(ReleaseRefused.class);
    }

    @Test
    void signify_verifies_whatIsSignedHere() throws IOException, InterruptedException {
        write("key.pub", Vendor.KEY.key().file("signify public key"));
        write("text.sig", Vendor.KEY.embed(TEXT));
        succeed("signify-openbsd", "-V", "-e", "-p", "key.pub", "-x", "text.sig", "-m", "copy");
        assertThat(read("copy")).isEqualTo(TEXT);
        byte[] bent = Vendor.KEY.embed(TEXT);
        bent[bent.length - 2]++;
        write("text.sig", bent);
        assertThat(run("signify-openbsd", "-V", "-e", "-p", "key.pub", "-x", "text.sig", "-m", "copy2")
                        .exit())
                .isNotZero();
    }

    @Test
    void signify_signsAKeyList_withTheKeysOfTwoRoots() throws IOException, InterruptedException, ReleaseRefused {
        for (String root : List.of("root1", "root2", "root3")) {
            succeed("signify-openbsd", "-G", "-n", "-p", root + ".pub", "-s", root + ".sec");
        }
        Roots roots = new Roots(
                2,
                List.of(
                        SignifyKey.parse(read("root1.pub")),
                        SignifyKey.parse(read("root2.pub")),
                        SignifyKey.parse(read("root3.pub"))));
        KeyList list = Vendor.list(1, roots, List.of(Vendor.validKey("2026a", Vendor.KEY)), List.of());
        write("keys.txt", list.text());
        succeed("signify-openbsd", "-S", "-s", "root1.sec", "-m", "keys.txt", "-x", "keys.root1.sig");
        succeed("signify-openbsd", "-S", "-s", "root3.sec", "-m", "keys.txt", "-x", "keys.root3.sig");
        byte[] file = TestKey.concat(read("keys.root1.sig"), read("keys.root3.sig"), read("keys.txt"));
        assertThat(KeyList.believe(file, roots)).isEqualTo(list);
        assertThatThrownBy(() -> KeyList.believe(TestKey.concat(read("keys.root1.sig"), read("keys.txt")), roots))
                .hasMessageContaining("signed by 1 of");
        SignatureCases.valid();
        SignatureCases.refused();
    }

    @Test
    void signify_verifiesAKeyList_thatIsSignedHere() throws IOException, InterruptedException {
        write("keys.txt", Vendor.LIST.text());
        for (TestKey root : List.of(Vendor.ROOT1, Vendor.ROOT2)) {
            write("root.pub", root.key().file("signify public key"));
            write("keys.sig", root.block(Vendor.LIST.text()).getBytes(StandardCharsets.US_ASCII));
            succeed("signify-openbsd", "-V", "-p", "root.pub", "-x", "keys.sig", "-m", "keys.txt");
        }
    }

    /** Known of signify, and of no harm to those who only verify here: it takes S + L, which is refused here. */
    @Test
    void signify_givenSPlusL_isNotAskedByUs() throws IOException, InterruptedException {
        byte[] signature = Vendor.KEY.sign(TEXT);
        BigInteger s =
                Ed25519.littleEndian(Arrays.copyOfRange(signature, 32, 64)).add(Ed25519.L);
        byte[] other = TestKey.concat(Arrays.copyOf(signature, 32), Curve.encodeScalar(s));
        byte[] file = TestKey.concat(
                TestKey.block(TestKey.base64(Vendor.KEY.number(), other)).getBytes(StandardCharsets.US_ASCII), TEXT);
        write("key.pub", Vendor.KEY.key().file("signify public key"));
        write("text.sig", file);
        Result result = run("signify-openbsd", "-V", "-e", "-p", "key.pub", "-x", "text.sig", "-m", "copy");
        System.out.println("signify with S + L: exit " + result.exit());
        assertThatThrownBy(() -> verify(file, Vendor.KEY.key()))
                .hasMessageContaining("its S is not less than the order of the group");
        SignatureCases.refused();
    }

    /** With {@code -l} minisign signs the text itself, as signify does; two more lines follow, which signify has not. */
    @Test
    void minisign_signs_andItIsVerifiedHere() throws IOException, InterruptedException, ReleaseRefused {
        succeed("minisign", "-G", "-W", "-p", "key.pub", "-s", "key.sec");
        succeed("minisign", "-S", "-l", "-s", "key.sec", "-m", "text", "-x", "text.minisig");
        SignifyKey key = SignifyKey.parse(read("key.pub"));
        String[] lines = Files.readString(directory.resolve("text.minisig")).split("\n");
        byte[] head = (lines[0] + "\n" + lines[1] + "\n").getBytes(StandardCharsets.US_ASCII);
        assertThat(verify(TestKey.concat(head, TEXT), key)).isEqualTo(Vendor.RELEASE);
        // Its own file as it is: the trusted comment would be the text.
        assertThatThrownBy(() -> verify(read("text.minisig"), key)).isInstanceOf(ReleaseRefused.class);
        SignatureCases.refused();
    }

    /** Without {@code -l} it signs a hash of the text, and says so: {@code ED}. */
    @Test
    void minisign_signingAHash_isRefusedHere() throws IOException, InterruptedException, ReleaseRefused {
        succeed("minisign", "-G", "-W", "-p", "key.pub", "-s", "key.sec");
        succeed("minisign", "-S", "-s", "key.sec", "-m", "text", "-x", "text.minisig");
        SignifyKey key = SignifyKey.parse(read("key.pub"));
        String[] lines = Files.readString(directory.resolve("text.minisig")).split("\n");
        byte[] head = (lines[0] + "\n" + lines[1] + "\n").getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> verify(TestKey.concat(head, TEXT), key))
                .hasMessageContaining("expected base64 of 'Ed', 8 bytes key number and 64 bytes");
        SignatureCases.refused();
    }

    @Test
    void minisign_verifies_whatIsSignedHere() throws IOException, InterruptedException {
        byte[] signature = Vendor.KEY.sign(TEXT);
        String comment = "made by a test";
        byte[] global = Vendor.KEY.sign(TestKey.concat(signature, comment.getBytes(StandardCharsets.US_ASCII)));
        write("key.pub", Vendor.KEY.key().file("minisign public key"));
        String file = TestKey.block(TestKey.base64(Vendor.KEY.number(), signature)) + "trusted comment: " + comment
                + "\n" + Base64.getEncoder().encodeToString(global) + "\n";
        write("text.minisig", file.getBytes(StandardCharsets.US_ASCII));
        succeed("minisign", "-V", "-p", "key.pub", "-m", "text", "-x", "text.minisig");
        write("text", TEXT, new byte[] {'\n'});
        assertThat(run("minisign", "-V", "-p", "key.pub", "-m", "text", "-x", "text.minisig")
                        .exit())
                .isNotZero();
    }
}
