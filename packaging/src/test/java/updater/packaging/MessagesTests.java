package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What people read names what the host said, never the classes that said it: {@code Reason} has the words. */
final class MessagesTests {
    /** An exception as part of a text: its class comes along. */
    private static final Pattern CONCATENATED =
            Pattern.compile("\" ?\\+ (?:e|error|cause|exception)(?:\\.toString\\(\\))?[,;)\\s]");

    /** What an agent's own program logs is for its developers. */
    private static final List<String> OTHERS = List.of("updater.agent", "updater.opamp", "updater.testkit");

    @Test
    void sources_noTextHasAnException() throws IOException {
        List<String> found = new ArrayList<>();
        int files = 0;
        try (Stream<Path> tree = Files.walk(Path.of("../modules").toRealPath())) {
            for (Path file : tree.filter(MessagesTests::isMain).toList()) {
                files++;
                String text = Files.readString(file);
                Matcher matcher = CONCATENATED.matcher(text);
                while (matcher.find()) {
                    long line = text.substring(0, matcher.start()).lines().count();
                    found.add(file.getFileName() + ":" + line + " "
                            + matcher.group().strip());
                }
            }
        }
        assertThat(files).isGreaterThan(300);
        assertThat(found).isEmpty();
    }

    private static boolean isMain(Path file) {
        String path = file.toString();
        return path.contains("/src/main/java/")
                && path.endsWith(".java")
                && OTHERS.stream().noneMatch(other -> path.contains("/" + other + "/"));
    }
}
