/** Connections that cost nothing while nobody uses them. For the modules of this library only. */
@org.jspecify.annotations.NullMarked
package updater.agent.connection;
