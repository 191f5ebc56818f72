package updater.json;

/** A JSON text is malformed, or one of its values is not what is needed there; the message names the member. */
public final class JsonShapeException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String message;

    public JsonShapeException(String message) {
        super(message);
        this.message = message;
    }

    @Override
    public String getMessage() {
        return message;
    }

    public static JsonShapeException at(String path, String expected, String found) {
        String where = path.isEmpty() ? "" : path + ": ";
        return new JsonShapeException(where + "expected " + expected + ", found " + found);
    }
}
