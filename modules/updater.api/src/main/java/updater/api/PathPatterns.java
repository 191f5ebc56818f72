package updater.api;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A set of patterns for paths relative to home.
 *
 * <p>A pattern without a slash is matched against the last component, at any depth; one with a slash against the whole path,
 * and one that ends in a slash against all that is below. {@code *} stands for any characters but a slash, {@code ?} for one
 * of them, {@code **} for any characters, and {@code **}{@code /} for any directories, none included. Nothing else is special,
 * so that a plain name is a pattern that matches itself.
 */
public final class PathPatterns {
    private final Set<String> names = new HashSet<>();
    private final List<Pattern> forNames;
    private final List<Pattern> forPaths;

    public PathPatterns(Collection<String> patterns) {
        patterns.stream().filter(PathPatterns::isPlainName).forEach(names::add);
        forNames = patterns.stream()
                .filter(pattern -> pattern.indexOf('/') < 0 && !isPlainName(pattern))
                .map(PathPatterns::compile)
                .collect(Collectors.toUnmodifiableList());
        forPaths = patterns.stream()
                .filter(pattern -> pattern.indexOf('/') >= 0)
                .map(PathPatterns::compile)
                .collect(Collectors.toUnmodifiableList());
    }

    private static boolean isPlainName(String pattern) {
        return pattern.chars().noneMatch(c -> c == '/' || c == '*' || c == '?');
    }

    private static Pattern compile(String pattern) {
        StringBuilder regex = new StringBuilder();
        int at = 0;
        while (at < pattern.length()) {
            if (pattern.startsWith("**/", at)) {
                regex.append("(?:.*/)?");
                at += 3;
            } else if (pattern.startsWith("**", at)) {
                regex.append(".*");
                at += 2;
            } else {
                char c = pattern.charAt(at++);
                regex.append(c == '*' ? "[^/]*" : c == '?' ? "[^/]" : Pattern.quote(String.valueOf(c)));
            }
        }
        if (pattern.endsWith("/")) {
            regex.append(".*");
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    /** Returns whether any of the patterns matches. */
    public boolean matches(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return names.contains(name)
                || forNames.stream().anyMatch(pattern -> pattern.matcher(name).matches())
                || forPaths.stream().anyMatch(pattern -> pattern.matcher(path).matches());
    }
}
