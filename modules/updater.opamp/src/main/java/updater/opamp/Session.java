package updater.opamp;

import com.google.protobuf.ByteString;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.agent.DownloadProgress;
import updater.agent.Hash;
import updater.agent.InstallStatus;
import updater.agent.PackageStatus;
import updater.agent.PackageStatuses;
import updater.opamp.wire.Wire.AgentDescription;
import updater.opamp.wire.Wire.AgentDisconnect;
import updater.opamp.wire.Wire.AgentToServer;
import updater.opamp.wire.Wire.AnyValue;
import updater.opamp.wire.Wire.ComponentHealth;
import updater.opamp.wire.Wire.KeyValue;
import updater.opamp.wire.Wire.PackageDownloadDetails;
import updater.opamp.wire.Wire.PackageStatusEnum;

/**
 * What the server knows of the agent, as far as the agent knows that: what has changed since is what is to be said. Used by one
 * thread.
 */
final class Session {
    /** ReportsStatus, AcceptsPackages, ReportsPackageStatuses, ReportsHealth. */
    static final long CAPABILITIES = 0x1 | 0x8 | 0x10 | 0x800;

    private static final long SERVER_OFFERS_PACKAGES = 0x8;
    private static final long SERVER_ACCEPTS_PACKAGES_STATUS = 0x10;

    private final ClientSettings.Identity identity;
    private long sequence;
    private long serverCapabilities;
    private boolean full = true;
    private @Nullable PackageStatuses said;
    private @Nullable AgentHealth saidHealth;

    Session(ClientSettings.Identity identity) {
        this.identity = identity;
    }

    /** The next message has to say all: the connection is new, the last message was lost, or the server asks for it. */
    void forget() {
        full = true;
    }

    /** A new connection may be to another server. */
    void connected() {
        full = true;
        serverCapabilities = 0;
    }

    /** Takes what the server can do; it says so in its first message, and may say nothing in others. */
    void serverCan(long capabilities) {
        if (capabilities != 0) {
            serverCapabilities = capabilities;
        }
    }

    boolean serverOffersPackages() {
        return (serverCapabilities & SERVER_OFFERS_PACKAGES) != 0;
    }

    /** As long as it has said nothing, the first message has to have them. */
    private boolean serverAcceptsPackageStatuses() {
        return serverCapabilities == 0 || (serverCapabilities & SERVER_ACCEPTS_PACKAGES_STATUS) != 0;
    }

    boolean hasNews(PackageStatuses statuses, AgentHealth health) {
        return full || !health.equals(saidHealth) || (serverAcceptsPackageStatuses() && !statuses.equals(said));
    }

    /** Returns the next message, which is numbered whether it arrives or not. */
    AgentToServer next(byte[] uid, PackageStatuses statuses, AgentHealth health) {
        AgentToServer.Builder message = AgentToServer.newBuilder()
                .setInstanceUid(ByteString.copyFrom(uid))
                .setSequenceNum(sequence++)
                .setCapabilities(CAPABILITIES);
        if (full) {
            message.setAgentDescription(description());
        }
        if (full || !health.equals(saidHealth)) {
            message.setHealth(health(health));
        }
        if (serverAcceptsPackageStatuses() && (full || !statuses.equals(said))) {
            message.setPackageStatuses(packages(statuses));
        }
        full = false;
        said = statuses;
        saidHealth = health;
        return message.build();
    }

    AgentToServer farewell(byte[] uid) {
        return AgentToServer.newBuilder()
                .setInstanceUid(ByteString.copyFrom(uid))
                .setSequenceNum(sequence++)
                .setCapabilities(CAPABILITIES)
                .setAgentDisconnect(AgentDisconnect.getDefaultInstance())
                .build();
    }

    private AgentDescription description() {
        AgentDescription.Builder description = AgentDescription.newBuilder();
        identity.identifying().forEach((key, value) -> description.addIdentifyingAttributes(attribute(key, value)));
        identity.describing().forEach((key, value) -> description.addNonIdentifyingAttributes(attribute(key, value)));
        return description.build();
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private static ComponentHealth health(AgentHealth health) {
        return ComponentHealth.newBuilder()
                .setHealthy(health.healthy())
                .setStartTimeUnixNano(health.startedAtNanos())
                .setLastError(health.lastError())
                .build();
    }

    /** All of them, each time. */
    static updater.opamp.wire.Wire.PackageStatuses packages(PackageStatuses statuses) {
        updater.opamp.wire.Wire.PackageStatuses.Builder all = updater.opamp.wire.Wire.PackageStatuses.newBuilder()
                .setServerProvidedAllPackagesHash(bytes(statuses.allPackagesHash()))
                .setErrorMessage(statuses.errorMessage());
        statuses.packages().forEach((name, status) -> all.putPackages(name, one(status)));
        return all.build();
    }

    private static updater.opamp.wire.Wire.PackageStatus one(PackageStatus status) {
        updater.opamp.wire.Wire.PackageStatus.Builder one = updater.opamp.wire.Wire.PackageStatus.newBuilder()
                .setName(status.name())
                .setAgentHasVersion(status.agent().version())
                .setAgentHasHash(bytes(status.agent().hash()))
                .setServerOfferedVersion(status.offered().version())
                .setServerOfferedHash(bytes(status.offered().hash()))
                .setStatus(PackageStatusEnum.forNumber(status.status().number()));
        // "The error_message field MUST NOT be set" with any other.
        if (status.status() == InstallStatus.INSTALL_FAILED) {
            one.setErrorMessage(status.errorMessage());
        }
        Optional<DownloadProgress> progress = status.progress();
        if (status.status() == InstallStatus.DOWNLOADING && progress.isPresent()) {
            one.setDownloadDetails(PackageDownloadDetails.newBuilder()
                    .setDownloadPercent(progress.get().percent().orElse(0))
                    .setDownloadBytesPerSecond(progress.get().bytesPerSecond()));
        }
        return one.build();
    }

    private static ByteString bytes(Hash hash) {
        return ByteString.copyFrom(hash.bytes());
    }
}
