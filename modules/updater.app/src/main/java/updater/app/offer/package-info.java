/** The taking of a bundle that an operator, or a program of his, hands over. */
@org.jspecify.annotations.NullMarked
package updater.app.offer;
