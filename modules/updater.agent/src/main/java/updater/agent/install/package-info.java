/** What becomes of a verified bundle: unpacked and launched by the agent, or handed over to root's updater. */
@org.jspecify.annotations.NullMarked
package updater.agent.install;
