/** A client of the Open Agent Management Protocol for the updates of an agent. */
@org.jspecify.annotations.NullMarked
package updater.opamp;
