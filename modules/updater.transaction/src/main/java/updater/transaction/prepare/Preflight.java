package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.state.document.StatusDocument.PackageStatus;
import updater.transaction.context.Offer;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;

/** The checks before anything is made: they refuse what cannot work, and change nothing. */
record Preflight(UpdateContext context, StatusFile status, Optional<Offer> offer) {
    private static final int STATUS_ATTEMPTS = 10;

    /**
     * What the checks found.
     *
     * @param warnings what the service manager says an operator should know
     * @param status the status file's content
     * @param agent what it says of the agent's package
     */
    record Findings(ServiceFacts facts, List<String> warnings, Bytes status, PackageStatus agent) {}

    /** Checks service manager, this process, status file and staged tree. */
    Findings run() throws UpdateFailure, InterruptedException {
        ServiceFacts facts = context.service().inspect();
        List<String> warnings = context.service().warnings();
        requireToSurviveTheStop();
        Findings findings = readStatus(facts, warnings);
        if (offer.isEmpty()) {
            requireStagedTree();
        }
        return findings;
    }

    private void requireToSurviveTheStop() throws UpdateFailure {
        Optional<String> because = context.service().stopKillsUpdater();
        if (because.isPresent()) {
            throw new UpdateFailure.Refused(
                    "stopping " + context.serviceName() + " would kill this updater as well: " + because.get(),
                    "Start the updater outside the service, or set KillMode=process in it");
        }
    }

    /** The agent rewrites the file by removing it first, so one attempt may come at a bad moment. */
    private Findings readStatus(ServiceFacts facts, List<String> warnings) throws UpdateFailure, InterruptedException {
        String problem = "";
        for (int attempt = 0; attempt < STATUS_ATTEMPTS; attempt++) {
            try {
                Optional<byte[]> bytes = status.bytes();
                Optional<PackageStatus> agent = bytes.isEmpty() ? Optional.empty() : status.parse(bytes.get());
                if (agent.isPresent()) {
                    return new Findings(facts, warnings, Bytes.of(bytes.get()), agent.get());
                }
                problem = bytes.isEmpty()
                        ? "it is missing"
                        : "it is malformed, or does not mention package "
                                + context.product().packageName();
            } catch (IOException e) {
                problem = String.valueOf(e.getMessage());
            }
            context.clock().pause(context.product().health().poll());
        }
        throw new UpdateFailure.Refused(
                "the status file "
                        + context.layout().home().resolve(context.product().statusFile())
                        + " cannot be used: " + problem,
                "Nobody could tell whether the new agent is healthy; let the agent write it, or write it by hand");
    }

    private void requireStagedTree() throws UpdateFailure.Refused {
        Path tmp = context.layout().tmp();
        if (Files.exists(tmp, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(tmp, LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    tmp + " is not a directory, and no link is followed there",
                    "Make it one; something may be mounted on it");
        }
        if (!Files.isDirectory(context.layout().staged(), LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    "there is no staged tree at " + context.layout().staged(), "Unpack the update tarball there");
        }
    }
}
