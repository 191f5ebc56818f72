package updater.archive;

import updater.api.Place;

/**
 * One member of a bundle.
 *
 * @param path relative to the bundle's root, components separated by {@code /}, none of them {@code .} or {@code ..}
 * @param directory whether it is a directory; otherwise it is a regular file
 * @param mode permission bits, at most {@code 0777}
 * @param size bytes of a file, 0 for a directory
 */
public record BundleEntry(String path, boolean directory, int mode, long size) {
    public BundleEntry {
        Place.checkRelative(path);
        if ((mode & ~0777) != 0) {
            throw new IllegalArgumentException("more than permission bits: " + Integer.toOctalString(mode));
        }
        if (size < 0 || (directory && size != 0)) {
            throw new IllegalArgumentException("size " + size + " of " + path);
        }
    }

    /** Returns the name it has in an archive: a directory's ends in {@code /}. */
    public String archiveName() {
        return directory ? path + "/" : path;
    }
}
