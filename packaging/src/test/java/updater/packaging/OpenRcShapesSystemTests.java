package updater.packaging;

/** Shapes of real hosts under a real OpenRC. */
final class OpenRcShapesSystemTests extends ScriptedShapesTests {
    OpenRcShapesSystemTests() {
        super(ScriptHost.OPENRC);
    }
}
