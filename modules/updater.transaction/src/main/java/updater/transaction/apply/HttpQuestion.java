package updater.transaction.apply;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import updater.api.Probe;
import updater.json.Printable;

/**
 * One question to an HTTP endpoint of the agent, straight to the loopback address, without proxies and redirects.
 *
 * @param patience how long a connection, and each part of an answer, may take
 */
record HttpQuestion(Probe.Http probe, Duration patience) {
    private static final int MOST_BYTES = 1 << 16;

    /** Returns in words what is wrong with the answer, or with there being none; empty when it is the expected one. */
    Optional<String> failing() {
        try {
            HttpURLConnection connection = connection();
            try {
                int status = connection.getResponseCode();
                if (status != probe.status()) {
                    return Optional.of(
                            probe.url() + " answers " + (status < 0 ? "no HTTP" : status) + ", not " + probe.status());
                }
                return probe.contains()
                        .filter(text -> !body(connection).contains(text))
                        .map(text ->
                                "the answer of " + probe.url() + " does not contain '" + Printable.text(text) + "'");
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return Optional.of(probe.url() + " does not answer: " + Printable.text(String.valueOf(e.getMessage())));
        }
    }

    private HttpURLConnection connection() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) probe.url().toURL().openConnection(Proxy.NO_PROXY);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout((int) patience.toMillis());
        connection.setReadTimeout((int) patience.toMillis());
        // A connection that is kept would be one to a process that may be gone at the next look.
        connection.setRequestProperty("Connection", "close");
        if (connection instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(anybody().getSocketFactory());
            secure.setHostnameVerifier((host, session) -> true);
        }
        return connection;
    }

    private static String body(HttpURLConnection connection) {
        try (InputStream in =
                connection.getErrorStream() == null ? connection.getInputStream() : connection.getErrorStream()) {
            return new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** Agents make their certificates themselves, for other names. The other end is this host in any case. */
    private static SSLContext anybody() throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS: " + e.getMessage(), e);
        }
    }

    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
