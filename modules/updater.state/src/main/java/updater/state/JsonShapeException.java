package updater.state;

/** A JSON text is malformed, or one of its values is not what is needed there; the message names the member. */
final class JsonShapeException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String message;

    JsonShapeException(String message) {
        super(message);
        this.message = message;
    }

    @Override
    public String getMessage() {
        return message;
    }

    static JsonShapeException at(String path, String expected, String found) {
        String where = path.isEmpty() ? "" : path + ": ";
        return new JsonShapeException(where + "expected " + expected + ", found " + found);
    }
}
