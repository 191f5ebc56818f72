package updater.api;

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
     * The placing of a new service definition file, which the service manager is then made to read. Undone by putting
     * the old file back and making the manager read that.
     */
    record ReplaceDefinition(String service, PlaceFile file) implements Step {}

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
