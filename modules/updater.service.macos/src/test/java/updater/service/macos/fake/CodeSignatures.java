package updater.service.macos.fake;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The decision whether a program may be executed, as the kernel of macOS takes it.
 *
 * <p>It keeps the signature of what it has executed with the inode: a program that was written over in place is killed,
 * although its new signature is right. A program that says {@code signature: invalid} is one whose signature is not.
 */
final class CodeSignatures {
    private final Map<String, Executed> executed = new HashMap<>();

    private record Executed(Object inode, byte[] content) {}

    void forget() {
        executed.clear();
    }

    /** Returns launchd's words for why it was killed; empty when it may run. */
    Optional<String> refusal(String program) {
        try {
            Path file = Path.of(program);
            byte[] content = Files.readAllBytes(file);
            Executed now = new Executed(Files.getAttribute(file, "unix:ino"), content);
            Executed known = executed.getOrDefault(program, now);
            boolean changed = known.inode().equals(now.inode()) && !Arrays.equals(known.content(), content);
            executed.put(program, changed ? known : now);
            return changed || new String(content, StandardCharsets.ISO_8859_1).contains("signature: invalid")
                    ? Optional.of("OS_REASON_CODESIGNING | embedded signature doesn't match attached signature")
                    : Optional.empty();
        } catch (IOException e) {
            // That it is not there is found out by executing it.
            return Optional.empty();
        }
    }
}
