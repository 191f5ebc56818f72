package updater.service.windows;

import updater.service.windows.ServiceControl.Handle;

/** A service that is open with certain rights. The service control manager itself is opened with no right at all. */
record OpenService(ServiceControl control, Handle manager, Handle handle) implements AutoCloseable {
    /** @param access the rights the caller is about to use, and no others */
    static OpenService open(ServiceControl control, String name, int access) throws Win32Failure {
        Handle manager = control.openManager(ServiceControl.MANAGER_CONNECT);
        try {
            return new OpenService(control, manager, control.openService(manager, name, access));
        } catch (Win32Failure e) {
            control.close(manager);
            throw e;
        }
    }

    @Override
    public void close() {
        control.close(handle);
        control.close(manager);
    }
}
