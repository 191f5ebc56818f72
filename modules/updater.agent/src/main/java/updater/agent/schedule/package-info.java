/** When to do something again, so that many agents do not do it at the same time. */
@org.jspecify.annotations.NullMarked
package updater.agent.schedule;
