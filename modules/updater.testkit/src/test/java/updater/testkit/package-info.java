/**
 * Test material that modules share. It is written apart from the code it judges, so that a mistake there is not repeated
 * here, and depends on the vocabulary alone, so that every module may use it.
 *
 * <p>It is never shipped: it has no module descriptor, so no image can be linked with it.
 */
package updater.testkit;
