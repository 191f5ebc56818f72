package updater.opamp;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import updater.agent.AgentUpdates;
import updater.agent.PackageStatuses;
import updater.agent.StatusListener;
import updater.agent.schedule.RetryAfter;
import updater.opamp.wire.Wire.AgentToServer;
import updater.opamp.wire.Wire.ServerErrorResponse;
import updater.opamp.wire.Wire.ServerErrorResponseType;
import updater.opamp.wire.Wire.ServerToAgent;

/**
 * An OpAMP client for the updates of one agent: tells the server what {@link AgentUpdates} says, and hands it what the server
 * offers.
 *
 * <pre>{@code
 * OpampClient client = OpampClient.builder(server, home.resolve("instance-uid")).build();
 * AgentUpdates updates = AgentUpdates.builder(home, "my-agent", "v1").listener(client).build();
 * client.start(updates);
 * }</pre>
 *
 * <p>The scheme of the address decides about the transport: {@code ws} and {@code wss}, or {@code http} and {@code https}. A
 * connection that is lost is made again, after longer and longer waits with full jitter. One thread waits between two
 * messages; a WebSocket has one more, the JDK's.
 *
 * <p>Safe for use by several threads.
 */
public final class OpampClient implements StatusListener, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(OpampClient.class.getName());
    private static final long REPORT_FULL_STATE = 0x1;

    /** Full reports are given at once, but a server that asks for them with every answer is not flooded. */
    private static final Duration FULL_REPORTS = Duration.ofSeconds(10);

    private final ClientSettings settings;
    private final Session session;
    private final ScheduledThreadPoolExecutor loop;
    private final InstanceUid uid;
    private volatile @Nullable PackageStatuses statuses;
    private volatile AgentHealth health;
    private volatile @Nullable AgentUpdates updates;
    private volatile boolean closed;

    // Of the loop's thread alone.
    private @Nullable Transport transport;
    private @Nullable ScheduledFuture<?> next;
    private int failures;
    private boolean waiting;
    private boolean due;
    private @Nullable Long fullAt;
    private int connection;

    OpampClient(ClientSettings settings) throws IOException {
        this.settings = settings;
        this.session = new Session(settings.identity());
        ClientSettings.Timing timing = settings.timing();
        Instant now = timing.ticker().now();
        this.uid = InstanceUid.load(settings.identity().instanceUidFile(), now, timing.random());
        this.health = new AgentHealth(true, now, "");
        this.loop = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "opamp-client");
            thread.setDaemon(true);
            return thread;
        });
        loop.setKeepAliveTime(1, TimeUnit.SECONDS);
        loop.allowCoreThreadTimeOut(true);
        loop.setRemoveOnCancelPolicy(true);
        loop.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Returns a builder.
     *
     * @param server its address, such as {@code wss://example.com/v1/opamp}
     * @param instanceUidFile where the agent's instance UID is kept; a file of the agent's own that updates leave alone
     */
    public static OpampClientBuilder builder(URI server, Path instanceUidFile) {
        return new OpampClientBuilder(server, instanceUidFile);
    }

    /**
     * Says that the agent is up, and connects. Returns at once; a server that is not there is tried again and again.
     *
     * @param agent whose {@link AgentUpdates#started} is called by this
     * @throws IOException when the status file cannot be read or written
     */
    public void start(AgentUpdates agent) throws IOException {
        // What the listener gets while this runs is newer.
        PackageStatuses first = agent.started();
        synchronized (this) {
            if (statuses == null) {
                statuses = first;
            }
        }
        updates = agent;
        submit(this::turn);
    }

    /** Takes what is to be told to the server. */
    @Override
    public void changed(PackageStatuses changed) {
        synchronized (this) {
            statuses = changed;
        }
        if (updates != null) {
            submit(this::turn);
        }
    }

    /**
     * Tells the server how the agent is.
     *
     * @param lastError why it is not healthy; empty when it is
     */
    public void health(boolean healthy, String lastError) {
        Instant since = health.healthy() && healthy
                ? health.startedAt()
                : settings.timing().ticker().now();
        health = new AgentHealth(healthy, since, lastError);
        if (updates != null) {
            submit(this::turn);
        }
    }

    /** Returns the name under which the server knows this agent. */
    public String instanceUid() {
        return uid.toString();
    }

    private void submit(Runnable task) {
        if (!closed) {
            loop.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException | Error e) {
                    LOG.log(System.Logger.Level.ERROR, "internal error", e);
                    lost("internal error: " + e, Optional.empty());
                }
            });
        }
    }

    /** Says what there is to say, connecting first where there is no connection, unless the server is to be left alone. */
    private void turn() {
        if (closed || waiting) {
            return;
        }
        try {
            Transport to = connected();
            while (due || session.hasNews(now(), health)) {
                due = false;
                exchange(to);
            }
            failures = 0;
            to.rest();
            schedule(settings.timing().nextPoll(), this::poll);
        } catch (TransportFailure e) {
            lost(String.valueOf(e.getMessage()), e.retryAfter());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "what the server said cannot be kept: {0}", e.getMessage());
            lost(String.valueOf(e.getMessage()), Optional.empty());
        }
    }

    private Transport connected() throws TransportFailure, InterruptedException {
        Transport now = transport;
        if (now != null) {
            return now;
        }
        session.connected();
        if (settings.server().isWebSocket()) {
            connection++;
            now = WebSocketTransport.connect(settings, uid, new Incoming(connection));
        } else {
            now = new HttpTransport(settings, uid);
        }
        transport = now;
        return now;
    }

    private void exchange(Transport to) throws TransportFailure, InterruptedException, IOException {
        PackageStatuses told = now();
        AgentToServer message = session.next(uid.bytes(), told, health);
        Optional<byte[]> answer = to.send(message.toByteArray());
        boolean taken = answer.isEmpty() || handle(parse(answer.get()));
        AgentUpdates agent = updates;
        if (taken && message.hasPackageStatuses() && agent != null) {
            agent.reported(told);
        }
    }

    private static ServerToAgent parse(byte[] bytes) throws TransportFailure {
        try {
            return ServerToAgent.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new TransportFailure("the server sends what is no message", e);
        }
    }

    /** Returns whether the server has taken the message that this is the answer to. */
    private boolean handle(ServerToAgent message) throws TransportFailure, IOException {
        if (!message.getInstanceUid().isEmpty()
                && !Arrays.equals(message.getInstanceUid().toByteArray(), uid.bytes())) {
            LOG.log(System.Logger.Level.WARNING, "a message for another agent is left alone");
            return true;
        }
        if (message.hasErrorResponse()) {
            refused(message.getErrorResponse());
            return false;
        }
        session.serverCan(message.getCapabilities());
        if (message.hasAgentIdentification()
                && !uid.adopt(
                        message.getAgentIdentification().getNewInstanceUid().toByteArray())) {
            LOG.log(System.Logger.Level.WARNING, "expected a new instance UID of 16 bytes");
        }
        if ((message.getFlags() & REPORT_FULL_STATE) != 0) {
            reportFully();
        }
        AgentUpdates agent = updates;
        if (message.hasPackagesAvailable() && agent != null) {
            if (session.serverOffersPackages()) {
                agent.offer(Offers.of(message.getPackagesAvailable()));
            } else {
                LOG.log(System.Logger.Level.WARNING, "an offer of a server that does not say that it offers packages");
            }
        }
        return true;
    }

    private void reportFully() {
        long now = settings.timing().ticker().nanos();
        Long last = fullAt;
        session.forget();
        if (last != null && now - last < FULL_REPORTS.toNanos()) {
            waiting = true;
            schedule(FULL_REPORTS, this::again);
            return;
        }
        fullAt = now;
    }

    private void refused(ServerErrorResponse error) throws TransportFailure {
        String message = "the server refuses: " + error.getErrorMessage();
        if (error.getType() != ServerErrorResponseType.SERVER_ERROR_UNAVAILABLE) {
            // "The Agent SHOULD NOT retry the message."
            LOG.log(System.Logger.Level.WARNING, message);
            return;
        }
        Duration wait = error.hasRetryInfo()
                ? RetryAfter.bounded(
                        Duration.ofNanos(Math.max(0, error.getRetryInfo().getRetryAfterNanoseconds())))
                : HttpTransport.THROTTLED;
        throw new TransportFailure(message, Optional.of(wait));
    }

    /** Waits, and begins again with a new connection and a full message. */
    private void lost(String why, Optional<Duration> retryAfter) {
        disconnect();
        failures++;
        Duration jitter = settings.timing().afterFailures(failures);
        // On top of what the server asked for: else a fleet comes back in the same second.
        Duration wait = retryAfter.map(asked -> asked.plus(jitter)).orElse(jitter);
        LOG.log(System.Logger.Level.INFO, "{0}; next attempt in {1} ms", why, Long.toString(wait.toMillis()));
        session.forget();
        waiting = true;
        schedule(wait, this::again);
    }

    private void disconnect() {
        Transport old = transport;
        transport = null;
        connection++;
        if (old != null) {
            old.close();
        }
    }

    private void again() {
        waiting = false;
        turn();
    }

    private void poll() {
        Transport to = transport;
        if (to instanceof WebSocketTransport socket) {
            try {
                socket.ping();
            } catch (TransportFailure e) {
                lost(String.valueOf(e.getMessage()), e.retryAfter());
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        } else {
            due = true;
        }
        turn();
    }

    private void schedule(Duration wait, Runnable task) {
        ScheduledFuture<?> before = next;
        if (before != null) {
            before.cancel(false);
        }
        if (!closed) {
            next = loop.schedule(() -> submit(task), wait.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private PackageStatuses now() {
        PackageStatuses now = statuses;
        if (now == null) {
            throw new IllegalStateException("not started");
        }
        return now;
    }

    /** What comes in on one connection; what an earlier one still says is not listened to. */
    private final class Incoming implements WebSocketTransport.Receiver {
        private final int mine;

        Incoming(int mine) {
            this.mine = mine;
        }

        @Override
        public void received(byte[] message) {
            submit(() -> {
                if (mine != connection || closed) {
                    return;
                }
                try {
                    handle(parse(message));
                    turn();
                } catch (TransportFailure e) {
                    lost(String.valueOf(e.getMessage()), e.retryAfter());
                } catch (IOException e) {
                    LOG.log(System.Logger.Level.ERROR, "an offer cannot be kept: {0}", e.getMessage());
                }
            });
        }

        @Override
        public void disconnected(String why) {
            submit(() -> {
                if (mine == connection && !closed) {
                    lost(why, Optional.empty());
                }
            });
        }
    }

    /** Says farewell and disconnects; the server is waited for a few seconds at most. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        loop.execute(() -> {
            try {
                Transport to = transport;
                if (to != null && !waiting) {
                    to.send(session.farewell(uid.bytes()).toByteArray());
                }
            } catch (TransportFailure e) {
                LOG.log(System.Logger.Level.DEBUG, "no farewell: {0}", e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                disconnect();
            }
        });
        closed = true;
        loop.shutdown();
        try {
            if (!loop.awaitTermination(5, TimeUnit.SECONDS)) {
                loop.shutdownNow();
            }
        } catch (InterruptedException e) {
            loop.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
