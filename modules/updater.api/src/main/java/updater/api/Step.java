package updater.api;

import java.time.Instant;

/**
 * One undoable change to the host, as data that can be written to the journal and undone from it.
 *
 * <p>Applying a step that is done, and undoing one that was never done or already undone, changes nothing.
 */
public sealed interface Step {

    /** The stop of the agent's service. Undone by starting it again when it was active before. */
    record StopService(String service) implements Step {}

    /**
     * The creation of a directory that does not exist. Undone by removing it, when it is empty by then.
     *
     * @param mode permission bits it gets
     * @param uid owner it gets
     * @param gid group it gets
     */
    record CreateDirectory(Place target, int mode, long uid, long gid) implements Step {}

    /**
     * The placing of a staged file. Undone by putting the backup back, or by removing the file when there was none.
     *
     * @param source the staged file; gone afterwards when it was renamed
     * @param target where it goes
     * @param backup where the file that was there before is kept; used only when {@code replaces}
     * @param replaces whether a file was there before
     * @param byRename whether source and target are known to be on one mount, so that a rename does it
     * @param size bytes of the staged file
     */
    record PlaceFile(Place source, Place target, Place backup, boolean replaces, boolean byRename, long size)
            implements Step {}

    /**
     * The removal of a file that the last version shipped and this one does not, if it is still the one that was planned to
     * go. Undone by putting the backup back.
     *
     * @param backup where it is kept
     * @param size bytes
     * @param inode its inode number
     * @param modified when its bytes were last changed
     */
    record RemoveFile(Place target, Place backup, long size, long inode, Instant modified) implements Step {
        /** Returns whether this is the file that is to go, and nobody has written to it since. */
        public boolean isStill(FileEntry there) {
            return isSame(there)
                    && there.size() == size
                    && there.stat().modified().equals(modified);
        }

        /** Returns whether this is the file that is to go, whatever was written to it since. */
        public boolean isSame(FileEntry there) {
            return there.type() == FileType.REGULAR && there.stat().inode() == inode;
        }
    }

    /**
     * The removal of a directory that the last version shipped and this one does not, if nothing is in it by then. Undone by
     * creating it again.
     *
     * @param mode permission bits it has
     * @param uid its owner
     * @param gid its group
     */
    record RemoveDirectory(Place target, int mode, long uid, long gid) implements Step {}

    /**
     * The placing of a new service definition file, which the service manager is then made to read. Undone by putting
     * the old file back and making the manager read that.
     *
     * @param beforeStop whether it comes before the stop, while the old agent runs
     */
    record ReplaceDefinition(String service, PlaceFile file, boolean beforeStop) implements Step {}

    /**
     * The change of a service definition that is not a file.
     *
     * @param before the provider's own text for the definition as it was
     * @param after the provider's own text for the definition as it shall be
     */
    record ConfigureService(String service, String before, String after) implements Step {}

    /** The start of the agent's service. Undone by stopping it. */
    record StartService(String service) implements Step {}
}
