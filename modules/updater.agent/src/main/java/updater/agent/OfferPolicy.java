package updater.agent;

import java.util.Optional;

/** The agent's own say in what is installed: a downgrade is legal on the wire, and decided here. */
@FunctionalInterface
public interface OfferPolicy {
    /** Takes every offer. A signed release has its own protection against downgrades, which is the updater's. */
    OfferPolicy EVERYTHING = (offered, runningVersion) -> Optional.empty();

    /** Returns why an offer is not taken, for the server; empty when it is. */
    Optional<String> refuse(OfferedPackage offered, String runningVersion);
}
