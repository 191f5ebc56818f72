package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a command printed, as an operator reads it who types what it says. */
record Printed(int exit, String text) {

    static Printed of(Command.Result result) {
        return new Printed(result.exit(), result.out() + result.err());
    }

    /** Fails unless this code was the exit code, and all of these words are there. */
    Printed says(int code, String... words) {
        assertThat(exit).as(text).isEqualTo(code);
        for (String word : words) {
            assertThat(text).contains(word);
        }
        return this;
    }

    /** Returns the command that is printed and matches, to be typed as it is. */
    String command(String expression) {
        Matcher printed = Pattern.compile(expression).matcher(text);
        assertThat(printed.find()).as("'%s' in:%n%s", expression, text).isTrue();
        return printed.group();
    }
}
