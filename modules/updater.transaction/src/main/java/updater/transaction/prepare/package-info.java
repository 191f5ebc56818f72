/** What happens while the old agent still runs: checks, the plan, the copy of the runtime. Uses backup and context. */
package updater.transaction.prepare;
