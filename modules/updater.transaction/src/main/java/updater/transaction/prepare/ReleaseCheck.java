package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.Trust;
import updater.api.UpdateFailure;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.release.BelievedRelease;
import updater.release.FileList;
import updater.release.KeyList;
import updater.release.ReleaseOffer;
import updater.release.ReleaseRefused;
import updater.release.ReleaseStatement;
import updater.release.ReleaseVerifier;
import updater.release.TrustPolicy;
import updater.release.TrustState;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.EventLog;
import updater.transaction.context.ReleaseRefusals;
import updater.transaction.context.TrustFile;
import updater.transaction.context.UpdateContext;

/**
 * The check of a release while the old agent still runs: whether its vendor vouches for it, and whether the tree is what the
 * list of files says.
 *
 * @param platform this host's, as statements name it
 * @param id names the update
 */
record ReleaseCheck(UpdateContext context, String platform, String id, EventLog log) {
    /**
     * A release that may be installed.
     *
     * @param tree what to install it from
     * @param release what its vendor says of it; empty when nobody vouches for it
     */
    record Checked(StagedTree tree, Optional<BelievedRelease> release) {
        /** Makes durable what is to be remembered if the update is committed. */
        void pend(UpdateContext context) throws IOException {
            if (release.isPresent()) {
                new TrustFile(context.disk(), context.layout()).pend(release.get());
            }
        }
    }

    /**
     * Checks. What was learned of newer key lists and releases is kept, whether this one is believed or not.
     *
     * @throws UpdateFailure.Refused when it is not believed or not complete; the message has the check and the values
     */
    Checked run(StagedTree claimed) throws UpdateFailure, IOException {
        TrustFile trust = new TrustFile(context.disk(), context.layout());
        TrustState state = trust.read();
        try {
            Optional<BelievedRelease> release = believe(claimed, state);
            if (release.isEmpty()) {
                log.info("nobody vouches for this release");
                new ListedFiles(context, claimed, id).requireComplete();
                return new Checked(claimed, release);
            }
            trust.keep(release.get().seen());
            logBelieved(release.get());
            String manifest = release.get().statement().bundle().manifest();
            return new Checked(new ListedFiles(context, claimed, id).believed(manifest), release);
        } catch (ReleaseRefused e) {
            keepSeen(trust, e);
            throw refused(e);
        } catch (Refusal e) {
            throw e.failure();
        }
    }

    /**
     * Checks the same of a tree that stays where it is, and remembers nothing.
     *
     * @return whether its vendor vouches for it
     * @throws UpdateFailure.Refused when it is not believed or not complete
     */
    boolean isBelieved(StagedTree tree) throws UpdateFailure, IOException {
        try {
            Optional<BelievedRelease> release = believe(tree, new TrustFile(context.disk(), context.layout()).read());
            ListedFiles files = new ListedFiles(context, tree, id);
            if (release.isPresent()) {
                files.requireContents(release.get().statement().bundle().manifest());
            } else {
                files.requireComplete();
            }
            return release.isPresent();
        } catch (ReleaseRefused e) {
            throw refused(e);
        } catch (Refusal e) {
            throw e.failure();
        }
    }

    private static UpdateFailure.Refused refused(ReleaseRefused e) {
        return new UpdateFailure.Refused(
                ReleaseRefusals.code(e.check()), String.valueOf(e.getMessage()), advice(e.check()), e);
    }

    private void keepSeen(TrustFile trust, ReleaseRefused refused) throws UpdateFailure {
        if (refused.seen().isPresent()) {
            try {
                trust.keep(refused.seen().get());
            } catch (IOException e) {
                refused.addSuppressed(e);
                log.warning("could not keep the newer key list", e);
            }
        }
    }

    private Optional<BelievedRelease> believe(StagedTree claimed, TrustState state) throws ReleaseRefused, IOException {
        Trust trust = context.product().trust();
        TrustPolicy policy = TrustPolicy.of(trust.required(), trust.roots(), trust.threshold(), trust.freshDays());
        ReleaseOffer offer = new ReleaseOffer(
                read(claimed, FileList.STATEMENT, ReleaseStatement.MAX_BYTES),
                read(claimed, FileList.KEYS, KeyList.MAX_BYTES),
                OptionalLong.empty());
        ReleaseVerifier.Host host = new ReleaseVerifier.Host(
                context.product().name(), platform, context.clock().now());
        return ReleaseVerifier.of(policy, state).verify(offer, host, policy, state);
    }

    /** A file that is longer than it may be by one byte is the verifier's to refuse. */
    private Optional<byte[]> read(StagedTree tree, String path, int most) throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            return SmallFile.read(
                    opened.parent(tree.place(path)), tree.place(path).name(), most + 1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new Refusal(
                    RefusalCode.STAGED_TREE_INVALID,
                    path + " of the staged tree cannot be read: " + Reason.at(e),
                    UNPACK);
        }
    }

    private void logBelieved(BelievedRelease release) {
        log.info(
                "the release is believed",
                "version",
                release.statement().version(),
                "counter",
                release.statement().counter(),
                "key",
                release.key().name(),
                "key_list",
                release.keyList());
    }

    static final String UNPACK = "Unpack the bundle again; if it is refused again, get it anew from its vendor";

    private static String advice(ReleaseRefused.Check check) {
        return switch (check) {
            case REQUIRED ->
                "Put the statement that its vendor publishes with the bundle into the unpacked tree, as "
                        + FileList.STATEMENT;
            case EXPIRES, CREATED, KEY_TIME ->
                ReleaseRefusals.clockAdvice(check).orElseThrow();
            case PRODUCT, PLATFORM -> "Get the release that is for this product and this platform";
            case COUNTER ->
                "Get a newer release; to go back to this one all the same, run"
                        + " 'updater allow-downgrade' with its version first";
            case FLOOR -> "Get a newer release: its vendor has ruled this one out";
            case FORMAT, SIGNATURE, KEY_LIST, KEY -> "Do not install it, and get it anew from its vendor";
            case SIZE, SHA256, FILES -> UNPACK;
        };
    }
}
