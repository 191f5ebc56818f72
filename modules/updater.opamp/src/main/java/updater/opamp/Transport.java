package updater.opamp;

import java.time.Duration;
import java.util.Optional;

/** The way to the server. Used by one thread. */
interface Transport extends AutoCloseable {
    /** No message is longer than this, in either direction (specification, "Plain HTTP Transport" and "WebSocket Message"). */
    int MOST_BYTES = 64 << 20;

    /** How long a connection, or one exchange, may take. */
    Duration PATIENCE = Duration.ofSeconds(30);

    /**
     * Sends a message.
     *
     * @return the answer, where this transport has one for every message
     * @throws TransportFailure when it cannot be sent, or no answer came; the transport is closed then
     */
    Optional<byte[]> send(byte[] message) throws TransportFailure, InterruptedException;

    /** Returns whether the server has to be asked again and again, as it cannot speak first. */
    boolean polls();

    /** Ends what goes on in the background while nothing is sent. */
    void rest();

    @Override
    void close();
}
