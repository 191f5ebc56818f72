package updater.packaging;

/** The agent updates itself under a real sysvinit. */
final class SysVSystemTests extends ScriptedUpdateTests {
    SysVSystemTests() {
        super(ScriptHost.SYSV);
    }
}
