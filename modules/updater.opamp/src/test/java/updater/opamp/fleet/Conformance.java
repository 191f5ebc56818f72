package updater.opamp.fleet;

import java.util.ArrayList;
import java.util.List;
import opamp.proto.AgentToServer;
import opamp.proto.PackageStatus;
import opamp.proto.PackageStatusEnum;

/** The rules of the specification that one message can break. */
public final class Conformance {
    private static final long KNOWN_CAPABILITIES = 0xffff;

    private Conformance() {}

    /** Returns what is wrong with a message. */
    public static List<String> violations(AgentToServer message) {
        List<String> found = new ArrayList<>();
        if (message.instance_uid.size() != 16) {
            found.add("instance_uid has " + message.instance_uid.size() + " bytes");
        }
        if ((message.capabilities & 1) == 0 || (message.capabilities & ~KNOWN_CAPABILITIES) != 0) {
            found.add("capabilities " + message.capabilities);
        }
        if (message.sequence_num == 0
                && message.agent_disconnect == null
                && (message.agent_description == null || message.health == null || message.package_statuses == null)) {
            found.add("the first message is not full");
        }
        if (message.package_statuses != null) {
            message.package_statuses.packages.forEach((name, status) -> check(name, status, found));
        }
        return found;
    }

    private static void check(String name, PackageStatus status, List<String> found) {
        if (!status.name.equals(name)) {
            found.add("the package " + name + " is called " + status.name);
        }
        boolean failed = status.status == PackageStatusEnum.PackageStatusEnum_InstallFailed;
        if (!status.error_message.isEmpty() && !failed) {
            found.add("error_message with " + status.status);
        }
        if (status.download_details != null && status.status != PackageStatusEnum.PackageStatusEnum_Downloading) {
            found.add("download_details with " + status.status);
        }
        if (status.status != PackageStatusEnum.PackageStatusEnum_Installed && status.server_offered_hash.size() == 0) {
            found.add("no server_offered_hash with " + status.status);
        }
        if (status.agent_has_version.isEmpty() && status.agent_has_hash.size() > 0) {
            found.add("a hash of no version");
        }
    }
}
