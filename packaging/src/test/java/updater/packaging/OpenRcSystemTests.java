package updater.packaging;

/** The agent updates itself under a real OpenRC. */
final class OpenRcSystemTests extends ScriptedUpdateTests {
    OpenRcSystemTests() {
        super(ScriptHost.OPENRC);
    }
}
