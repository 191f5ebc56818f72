package updater.packaging;

/** Shapes of real hosts under a real sysvinit. */
final class SysVShapesSystemTests extends ScriptedShapesTests {
    SysVShapesSystemTests() {
        super(ScriptHost.SYSV);
    }
}
