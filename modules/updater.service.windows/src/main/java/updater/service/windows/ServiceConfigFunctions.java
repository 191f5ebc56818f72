package updater.service.windows;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.WString;
import com.sun.jna.platform.win32.Winsvc.SC_HANDLE;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.win32.StdCallLibrary;
import com.sun.jna.win32.W32APIOptions;
import org.jspecify.annotations.Nullable;

/** The service functions that {@link com.sun.jna.platform.win32.Advapi32} lacks. */
interface ServiceConfigFunctions extends StdCallLibrary {
    /** Calls <a href="https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-queryserviceconfigw">QueryServiceConfigW</a>. */
    boolean QueryServiceConfigW(SC_HANDLE service, @Nullable Pointer config, int size, IntByReference needed);

    /** Calls <a href="https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-changeserviceconfigw">ChangeServiceConfigW</a>. */
    boolean ChangeServiceConfigW(
            SC_HANDLE service,
            int type,
            int startType,
            int errorControl,
            @Nullable WString binaryPath,
            @Nullable WString group,
            @Nullable IntByReference tag,
            @Nullable Pointer dependencies,
            @Nullable WString account,
            @Nullable WString password,
            @Nullable WString displayName);

    /** Calls <a href="https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-changeserviceconfig2w">ChangeServiceConfig2W</a>. */
    boolean ChangeServiceConfig2W(SC_HANDLE service, int level, Pointer info);

    static ServiceConfigFunctions load() {
        return Native.load("advapi32", ServiceConfigFunctions.class, W32APIOptions.DEFAULT_OPTIONS);
    }
}
