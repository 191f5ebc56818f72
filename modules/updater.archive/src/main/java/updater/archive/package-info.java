/** The members of an archive, and the rules that decide which of them may be unpacked. */
@org.jspecify.annotations.NullMarked
package updater.archive;
