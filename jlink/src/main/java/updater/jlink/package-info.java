/** Makes and measures the runtime that an update carries. */
@NullMarked
package updater.jlink;

import org.jspecify.annotations.NullMarked;
