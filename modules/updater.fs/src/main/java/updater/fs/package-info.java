/** Changes trees on disk durably and without following links. */
package updater.fs;
