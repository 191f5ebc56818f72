package updater.app;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import updater.api.Trust;
import updater.release.TrustPolicy;
import updater.release.TrustState;

/** What {@code doctor} says of the releases that this host believes. */
final class TrustText {
    private TrustText() {}

    /** Returns the lines, the policy first, and a warning last where nothing newer was seen for too long. */
    static List<String> lines(Trust trust, TrustState state, Instant now) {
        TrustPolicy policy = TrustPolicy.of(trust.required(), trust.roots(), trust.threshold(), trust.freshDays());
        List<String> lines = new ArrayList<>();
        lines.add(policy(policy, state));
        if (!state.equals(TrustState.NONE)) {
            lines.add("highest counter installed: " + state.counter()
                    + state.version().map(version -> " (" + version + ")").orElse("") + ", floor " + state.floor());
            state.list().ifPresent(list -> lines.add("newest key list: number " + list.number()));
            state.created()
                    .ifPresent(created -> lines.add("newest release seen: of " + created + ", first seen at "
                            + state.seen().map(Instant::toString).orElse("")));
            state.allowedDowngrade()
                    .ifPresent(version -> lines.add("the next update may go back to " + version + ", once"));
        }
        if (state.isStale(policy, now)) {
            lines.add("WARNING: nothing newer was seen for "
                    + Duration.between(state.seen().orElseThrow(), now).toDays() + " days, more than the "
                    + policy.freshDays() + " expected: somebody may be withholding updates");
        }
        return lines;
    }

    private static String policy(TrustPolicy policy, TrustState state) {
        return state.roots(policy)
                .map(roots -> (policy.required()
                                ? "signed releases only"
                                : "signed releases are verified, others installed as well")
                        + "; " + roots.threshold() + " of " + roots.keys().size() + " roots sign the key list")
                .orElse("whoever starts the updater vouches for the bundle: the product names no roots");
    }
}
