/** The fetching of one file over an unreliable network, into a partial file that is never believed. */
@org.jspecify.annotations.NullMarked
package updater.agent.download;
