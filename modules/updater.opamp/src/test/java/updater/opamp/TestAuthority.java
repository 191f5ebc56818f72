package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A private authority, and the certificates it gives, made by openssl. */
record TestAuthority(Path directory) {
    private static final String SCRIPT = """
            set -e
            cd "$0"
            key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
            openssl req -x509 $key -keyout ca.key -out ca.crt -subj /CN=authority -days 30
            echo subjectAltName=IP:127.0.0.1,DNS:localhost >names
            for who in server client; do
                openssl req $key -keyout $who.key -out $who.csr -subj /CN=$who
                openssl x509 -req -in $who.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile names -out $who.crt
            done
            """;

    static TestAuthority create(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Process process = new ProcessBuilder(List.of("sh", "-c", SCRIPT, directory.toString()))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("said").toFile())
                .start();
        assertThat(process.waitFor())
                .as(Files.readString(directory.resolve("said")))
                .isZero();
        return new TestAuthority(directory);
    }

    Path file(String name) {
        return directory.resolve(name);
    }
}
