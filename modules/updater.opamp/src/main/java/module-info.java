import org.jspecify.annotations.NullMarked;

/**
 * A client of the Open Agent Management Protocol (OpAMP, version 0.18) for the updates of an agent: over WebSocket, or over plain
 * HTTP.
 *
 * <p>Begin with {@link updater.opamp.OpampClient}. It reports status, health and packages, and takes offers of packages; it has
 * nothing of the protocol that an update does not need.
 */
@NullMarked
@SuppressWarnings("requires-automatic") // protobuf-javalite has a name, and no descriptor
module updater.opamp {
    requires com.google.protobuf;
    requires java.net.http;
    requires transitive updater.agent;
    requires static org.jspecify;

    exports updater.opamp;

    opens updater.opamp.wire to
            com.google.protobuf;
}
