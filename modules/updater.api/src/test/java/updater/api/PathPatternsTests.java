package updater.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PathPatternsTests {
    @ParameterizedTest
    @CsvSource({
        "config.yaml, config.yaml, true",
        "config.yaml, a/b/config.yaml, true",
        "config.yaml, config.yaml.new, false",
        "config.yaml, configxyaml, false",
        "config.yaml, config.yaml/a, false",
        "*.conf, a/b.conf, true",
        "*.conf, .conf, true",
        "*.conf, a.conf/b, false",
        "a?c, x/abc, true",
        "a?c, ac, false",
        "etc/*.conf, etc/a.conf, true",
        "etc/*.conf, x/etc/a.conf, false",
        "etc/*.conf, etc/x/a.conf, false",
        "etc/**/*.conf, etc/a.conf, true",
        "etc/**/*.conf, etc/x/y/a.conf, true",
        "etc/**/*.conf, etcetera/a.conf, false",
        "rules/, rules/a/b, true",
        "rules/, rules, false",
        "rules/, my/rules/a, false",
        "a/**, a/b/c, true",
        "a[b].c, a[b].c, true",
        "a[b].c, ab.c, false",
    })
    void matches_onePattern_asItSays(String pattern, String path, boolean expected) {
        assertThat(new PathPatterns(List.of(pattern)).matches(path)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"a, true", "x/b.d, true", "c/d, true", "x/c/d, false", "e, false"})
    void matches_several_anyOfThem(String path, boolean expected) {
        assertThat(new PathPatterns(List.of("a", "*.d", "c/d")).matches(path)).isEqualTo(expected);
    }
}
