/**
 * Changes trees on disk durably and without following links.
 *
 * <p>{@link updater.fs.Disk} opens a trusted directory by its path; everything below it is reached through
 * {@link updater.fs.Directory} handles and single names, so that no user who may write in the tree can redirect what is
 * done in it. Whatever works on trees (walk, copy, removal) goes through these two interfaces and nothing else.
 */
package updater.fs;
