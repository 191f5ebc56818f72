package updater.agent.connection;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** An HTTP client for a while. Closing ends its connections and threads: an agent without work to do has none. */
public final class Connections implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final int THREADS = 2;

    private final ExecutorService executor;
    private final HttpClient client;

    /** Makes one that follows no redirects: whom headers are sent to is decided by whoever asks. */
    public Connections(String threads, Network network) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(THREADS, THREADS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, threads);
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        executor = pool;
        // HTTP/2 would buffer 16 MiB for each stream.
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .executor(executor);
        network.proxy().ifPresent(builder::proxy);
        network.sslContext().ifPresent(builder::sslContext);
        client = builder.build();
    }

    /** Returns the client, to be used until this is closed. */
    public HttpClient client() {
        return client;
    }

    /** From Java 21 on a client can be closed; before, the collector does it. */
    @Override
    public void close() {
        try {
            if ((Object) client instanceof AutoCloseable closeable) {
                closeable.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException("a client does not fail to close", e);
        } finally {
            executor.shutdown();
        }
    }
}
