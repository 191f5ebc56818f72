package updater.opamp;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a server is: its address, and the one that it has sent the client to.
 *
 * @param configured the address that the operator gave; headers go to its host only
 * @param current where the next request goes
 */
record ServerAddress(URI configured, URI current) {
    static final int MOST_REDIRECTS = 5;

    /** @throws IllegalArgumentException when it is no address of a server */
    static ServerAddress of(URI uri) {
        String scheme = scheme(uri);
        if (uri.getHost() == null || !scheme.matches("https?|wss?")) {
            throw new IllegalArgumentException("expected a ws, wss, http or https address, found " + uri);
        }
        return new ServerAddress(uri, uri);
    }

    private static String scheme(URI uri) {
        return String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    }

    boolean isWebSocket() {
        return scheme(configured).startsWith("ws");
    }

    private boolean isSecure(URI uri) {
        return scheme(uri).equals("https") || scheme(uri).equals("wss");
    }

    /** Returns whether the operator's headers, which may be secrets, may be sent. */
    boolean isConfiguredHost() {
        return isSecure(configured) == isSecure(current)
                && configured.getHost().equalsIgnoreCase(current.getHost())
                && port(configured) == port(current);
    }

    private int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return isSecure(uri) ? 443 : 80;
    }

    /** Returns the address after a redirect; the scheme stays that of the transport, and secure. */
    ServerAddress redirected(Optional<String> location) throws TransportFailure {
        try {
            URI to = current.resolve(location.orElse(""));
            if (to.getHost() == null || !scheme(to).matches("https?|wss?")) {
                throw new TransportFailure("the server redirects to " + to);
            }
            if (isSecure(current) && !isSecure(to)) {
                throw new TransportFailure(
                        "the server redirects from " + current.getScheme() + " to " + to.getScheme());
            }
            String secure = isSecure(to) ? "s" : "";
            URI same = new URI(
                    (isWebSocket() ? "ws" : "http") + secure,
                    to.getUserInfo(),
                    to.getHost(),
                    to.getPort(),
                    to.getPath(),
                    to.getQuery(),
                    null);
            return new ServerAddress(configured, same);
        } catch (IllegalArgumentException | URISyntaxException e) {
            throw new TransportFailure("the server redirects to where nothing can be", e);
        }
    }
}
