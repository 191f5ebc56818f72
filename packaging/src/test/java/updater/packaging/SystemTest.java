package updater.packaging;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class that boots a real service manager. It is skipped, with the reason, where that cannot be done; {@code .ci/run} fails then.
 *
 * <p>A parameter of type {@link Box} is the one box that all these classes share; a test leaves it as it found it, or {@link Box#close
 * closes} it, and the next one gets a new one. Tests for which that is not enough boot their own.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("system")
@ExtendWith(SystemTestExtension.class)
@interface SystemTest {}
