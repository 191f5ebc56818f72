/** Keeps status file, journal, manifest and update report as JSON on disk. */
package updater.state;
