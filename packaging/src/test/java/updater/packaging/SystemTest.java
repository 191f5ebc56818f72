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
 * <p>A parameter of type {@link Box} is the one box that all these classes share. A test may leave an {@link InstalledAgent} in it, the next
 * one replaces it, and nothing else; one that ruins it {@link Box#close closes} it, and the next test gets a new one. Tests that need a box
 * as it was delivered, or other disks, boot their own.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("system")
@ExtendWith(SystemTestExtension.class)
@interface SystemTest {}
