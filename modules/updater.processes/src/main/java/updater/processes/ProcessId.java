package updater.processes;

/**
 * Name one process for good. The number alone will not do: it is given to another process once this one is gone.
 *
 * @param pid its number
 * @param birth when it was started, in a form that no later process with this number shares; to be compared only
 */
public record ProcessId(long pid, String birth) {
    @Override
    public String toString() {
        return "process " + pid;
    }
}
