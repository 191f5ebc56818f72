package updater.service.windows;

/** The failure of a function of Windows, by its error code. {@link ErrorCode} says what an operator can do. */
final class Win32Failure extends Exception {
    private static final long serialVersionUID = 1L;

    private final String function;
    private final int code;

    /** @param code what {@code GetLastError} said */
    Win32Failure(String function, int code) {
        super(function + " failed with error " + code);
        this.function = function;
        this.code = code;
    }

    String function() {
        return function;
    }

    int code() {
        return code;
    }
}
