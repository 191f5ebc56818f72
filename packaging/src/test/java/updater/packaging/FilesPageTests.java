package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import updater.transaction.context.StateFiles;

/** Holds {@code docs/files.md} to the names of the files in the state directory. */
class FilesPageTests {
    @Test
    void page_hasEachFileOfTheStateDirectory() throws IOException {
        String page = Files.readString(JavaSources.ROOT.resolve("docs/files.md"));
        List<String> names = Arrays.stream(StateFiles.class.getFields())
                .map(FilesPageTests::name)
                .toList();

        assertThat(names)
                .hasSizeGreaterThan(10)
                .filteredOn(name -> !page.contains("`" + name + "`"))
                .isEmpty();
    }

    private static String name(Field constant) {
        try {
            return String.valueOf(constant.get(null));
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
