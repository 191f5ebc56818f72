package updater.fs;

/**
 * What a file system says of an inode beyond its {@link updater.api.Stat}; read where it is needed.
 *
 * @param allocated bytes that it takes on the disk; fewer than its size where it has holes
 * @param immutable whether nobody may change, replace or remove it ({@code chattr +i})
 * @param appendOnly whether it can only grow, and be neither replaced nor removed ({@code chattr +a}); of a directory, that
 *     names can be added to it and no other be changed
 */
public record Traits(long allocated, boolean immutable, boolean appendOnly) {
    /** Returns whether what is there must stay. */
    public boolean fixed() {
        return immutable || appendOnly;
    }
}
