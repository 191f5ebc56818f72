package updater.api.service;

/**
 * The user and the group that the installed definition runs the service as: what {@code [USER]} and {@code [GROUP]} stand
 * for in the definition of a bundle, which cannot know either.
 */
public record ServiceAccount(String user, String group) {
    /** Whom a service is run as whose definition does not say. */
    public static final ServiceAccount ROOT = new ServiceAccount("root", "root");

    private static final String USER = "[USER]";
    private static final String GROUP = "[GROUP]";

    /** What leaves the placeholders as they are. */
    public static final ServiceAccount PLACEHOLDERS = new ServiceAccount(USER, GROUP);

    /** Returns whether a text has one of the placeholders in it. */
    public static boolean isNamedIn(String text) {
        return text.contains(USER) || text.contains(GROUP);
    }

    /** Returns {@code text} with every {@code [USER]} and {@code [GROUP]} replaced. */
    public String expand(String text) {
        return text.replace(USER, user).replace(GROUP, group);
    }
}
