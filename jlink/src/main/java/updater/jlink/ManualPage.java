package updater.jlink;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The manual page {@code updater(8)}, made of the text of {@code --help}, so that neither says what the other does not. In the
 * macros of man(7), which every formatter knows.
 */
final class ManualPage {
    /** Where it lies in the image; packages install it from there. */
    static final String PATH = "share/man/man8/updater.8";

    private static final String HELP = "/updater/app/help.txt";
    private static final String USAGE = "usage: updater ";
    private static final String FURTHER = "       updater ";
    private static final Pattern GAP = Pattern.compile(" {2,}");
    private static final Pattern WORD = Pattern.compile("([A-Z]{2,})|(--?[a-z][a-z-]*|[a-z][a-z-]*)");

    private final List<String> lines;
    private final StringBuilder out = new StringBuilder();

    private ManualPage(String help) {
        this.lines = help.lines().toList();
    }

    /** Returns the page of the updater on the class path. */
    static String ofClassPath() throws IOException {
        try (InputStream help = ManualPage.class.getResourceAsStream(HELP)) {
            if (help == null) {
                throw new BuildFailure(HELP + " is not on the class path: is updater.app among the modules?");
            }
            return of(new String(help.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** Returns the page that says what a text of {@code --help} does. */
    static String of(String help) {
        return new ManualPage(help).page();
    }

    private String page() {
        String summary = lines.getFirst();
        line(".\\\" Made by the build from the text of 'updater --help'.");
        line(".TH UPDATER 8 \"\" \"Host agent updater\" \"System administration\"");
        line(".nh");
        line(".SH NAME");
        line("updater \\- update a host agent from its bundle, or roll back");
        line(".SH SYNOPSIS");
        line(".B updater");
        line(".RI [ options ]");
        line(".br");
        line(".B updater");
        line(".I command");
        line(".RI [ options ]");
        line(".SH DESCRIPTION");
        line(text(summary));
        line(
                "Every step is recorded before it is done, so that an update whose process dies is finished, or taken back, by the");
        line("service manager of the host.");
        line(
                "After any update the program lies in the state directory, and finds the agent by the product's description.");
        line(".PP");
        line(text("'updater COMMAND --help' is about that command alone."));
        commands();
        section("options", "OPTIONS");
        section("exit codes", "EXIT STATUS");
        section("files", "FILES");
        line(".SH SEE ALSO");
        line(".BR systemctl (1),");
        line(".BR journalctl (1)");
        return out.toString();
    }

    private void commands() {
        line(".SH COMMANDS");
        for (String each : lines) {
            if (each.startsWith(USAGE) || each.startsWith(FURTHER)) {
                String[] parts = GAP.split(each.substring(USAGE.length()), 2);
                item("updater " + parts[0], parts.length > 1 ? parts[1] : "");
            }
        }
    }

    /** What is indented as deep as a description goes on with the item above it; what has none is a paragraph. */
    private void section(String heading, String title) {
        line(".SH \"" + title + "\"");
        int start = lines.indexOf(heading) + 1;
        if (start == 0) {
            throw new IllegalArgumentException("the help has no '" + heading + "'");
        }
        List<String> paragraphs = new ArrayList<>();
        for (String each : lines.subList(start, lines.size())) {
            if (each.isEmpty()) {
                break;
            }
            String[] parts = GAP.split(each.strip(), 2);
            if (each.startsWith("    ")) {
                line(text(each.strip()));
            } else if (parts.length > 1) {
                item(parts[0], parts[1]);
            } else {
                paragraphs.add(each.strip());
            }
        }
        for (String paragraph : paragraphs) {
            line(".PP");
            line(text(paragraph));
        }
    }

    private void item(String form, String description) {
        line(".TP");
        line(marked(form));
        line(text(description));
    }

    /** Returns how something is given: words as they are typed in bold, what they stand for in italics. */
    private static String marked(String form) {
        boolean path = form.indexOf('/') >= 0;
        Matcher words = WORD.matcher(form);
        StringBuilder marked = new StringBuilder();
        while (words.find()) {
            boolean placeholder = words.group(1) != null;
            String font = placeholder ? "\\fI" : path ? "\\fR" : "\\fB";
            words.appendReplacement(
                    marked, Matcher.quoteReplacement(font + words.group().replace("-", "\\-") + "\\fR"));
        }
        return "\\&" + words.appendTail(marked);
    }

    /** Returns text in which nothing is a macro, an escape or a typographic character. */
    private static String text(String plain) {
        String escaped = plain.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
        return escaped.startsWith(".") ? "\\&" + escaped : escaped;
    }

    private void line(String line) {
        out.append(line).append('\n');
    }
}
