package updater.agent.connection;

import java.net.ProxySelector;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * The way to a server.
 *
 * @param proxy the proxies; those of the system properties where empty
 * @param sslContext which servers are trusted, and the client's certificate; the JDK's own choice where empty
 */
public record Network(Optional<ProxySelector> proxy, Optional<SSLContext> sslContext) {}
