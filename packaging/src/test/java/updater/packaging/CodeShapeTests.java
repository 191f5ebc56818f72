package updater.packaging;

import static java.util.Map.entry;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the code to its limits of size: a longer file is two ideas, and a longer list of parameters a record. */
class CodeShapeTests {
    private static final int MOST_LINES = 400;
    private static final int MOST_PARAMETERS = 7;

    /**
     * What has more, and how many: the form of a structure of the kernel, as stat(2) and {@code winsvc.h} define them.
     * Nothing is added here, and what becomes shorter is taken out.
     */
    private static final Map<String, Integer> LONGER = Map.ofEntries(
            entry("updater.api.Stat", 10),
            entry("updater.service.windows.ServiceControl$Config", 9),
            entry("updater.service.windows.ServiceControl$ConfigChange", 8),
            entry("updater.service.windows.ServiceControl$Status", 8));

    @Test
    void constructor_ofMainCode_hasSevenParametersAtMost() {
        Map<String, Integer> longer = new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .withImportOption(location -> !location.contains("-tests.jar"))
                        .importPackages("updater")
                        .stream()
                        .flatMap(type -> type.getConstructors().stream())
                        .filter(constructor -> parameters(constructor) > MOST_PARAMETERS)
                        .collect(toMap(
                                constructor -> constructor.getOwner().getName(),
                                CodeShapeTests::parameters,
                                Math::max));
        assertThat(longer).isEqualTo(LONGER);
    }

    /** The compiler gives constants of an enum their name and ordinal, and inner objects the outer one. */
    private static int parameters(JavaConstructor constructor) {
        JavaClass owner = constructor.getOwner();
        int hidden = owner.isEnum() ? 2 : owner.isInnerClass() ? 1 : 0;
        return constructor.getModifiers().contains(JavaModifier.SYNTHETIC)
                ? 0
                : constructor.getRawParameterTypes().size() - hidden;
    }

    @Test
    void file_ofJava_has400LinesAtMost() throws IOException {
        assertThat(JavaSources.files())
                .isNotEmpty()
                .filteredOn(file -> lines(file) > MOST_LINES)
                .isEmpty();
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
