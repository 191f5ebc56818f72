package updater.release;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a host remembers of the releases that it believed. Keeping it is the caller's, where only root writes.
 *
 * <p>Counter, floor, list number and {@code created} never become less. Its text has lines {@code key value} like a
 * statement; {@code -} stands for what is not there.
 *
 * @param counter the highest counter that was installed, 0 for none
 * @param version the version with that counter
 * @param floor the highest floor of all that was installed
 * @param created the newest time at which a believed release was made: it is later than that now, whatever the clock says
 * @param seen when, by the host's clock, {@code created} was first seen
 * @param list the highest key list that was believed
 * @param allowedDowngrade the version that the operator allowed to be installed although its counter is lower, once
 */
public record TrustState(
        long counter,
        Optional<String> version,
        long floor,
        Optional<Instant> created,
        Optional<Instant> seen,
        Optional<KnownList> list,
        Optional<String> allowedDowngrade) {
    /** The largest text, in bytes. */
    public static final int MAX_BYTES = 4096;

    /** What a host that has never seen a signed release remembers. */
    public static final TrustState NONE = new TrustState(
            0, Optional.empty(), 0, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final String HEADER = "host-updater trust 1";
    private static final String ABSENT = "-";

    /** What is remembered of a key list: its number, SHA-256 of its text, and the roots that sign the next one. */
    public record KnownList(long number, String sha256, Roots roots) {
        public KnownList {
            Grammar.number(number, 1, Grammar.MAX_NUMBER);
            Grammar.sha256(sha256);
        }
    }

    /** @throws IllegalArgumentException when a value cannot be in a state */
    public TrustState {
        Grammar.number(counter, 0, Grammar.MAX_NUMBER);
        Grammar.number(floor, 0, Grammar.MAX_NUMBER);
        version.ifPresent(Grammar::version);
        created.ifPresent(Grammar::time);
        seen.ifPresent(Grammar::time);
        allowedDowngrade.ifPresent(Grammar::version);
        if (version.isPresent() != counter > 0) {
            throw new IllegalArgumentException(
                    "expected a version with the counter " + counter + " and with no other than 0");
        }
        if (created.isPresent() != seen.isPresent()) {
            throw new IllegalArgumentException("expected both or none of the times created and seen");
        }
        if (floor > counter) {
            throw new IllegalArgumentException("the floor " + floor + " is above the counter " + counter);
        }
    }

    /**
     * Reads a state.
     *
     * @throws ReleaseRefused when it is not exactly what {@link #text} writes; the message names line, key and value
     */
    public static TrustState parse(byte[] text) throws ReleaseRefused {
        Lines lines = new Lines("trust state", text);
        if (text.length > MAX_BYTES) {
            throw lines.refuse("expected at most " + MAX_BYTES + " bytes, found " + text.length);
        }
        lines.header(HEADER);
        long counter = lines.take("counter", value -> Grammar.number(value, 0, Grammar.MAX_NUMBER));
        Optional<String> version = lines.take("version", orAbsent(Grammar::version));
        long floor = lines.take("floor", value -> Grammar.number(value, 0, Grammar.MAX_NUMBER));
        Optional<Instant> created = lines.take("created", orAbsent(Grammar::time));
        Optional<Instant> seen = lines.take("seen", orAbsent(Grammar::time));
        Optional<String> allowed = lines.take("allow-downgrade", orAbsent(Grammar::version));
        try {
            Optional<KnownList> list = knownList(lines);
            lines.end();
            return new TrustState(counter, version, floor, created, seen, list, allowed);
        } catch (IllegalArgumentException e) {
            throw lines.refuse(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<KnownList> knownList(Lines lines) throws ReleaseRefused {
        Optional<Long> number = lines.take("list", orAbsent(value -> Grammar.number(value, 1, Grammar.MAX_NUMBER)));
        if (number.isEmpty()) {
            return Optional.empty();
        }
        String sha256 = lines.take("list-sha256", Grammar::sha256);
        int threshold = lines.take("threshold", value -> (int) Grammar.number(value, 1, Roots.MAX));
        // Counted, so that a state that was cut off is none.
        int count = lines.take("roots", value -> (int) Grammar.number(value, 1, Roots.MAX));
        List<SignifyKey> roots = new ArrayList<>();
        while (roots.size() < count) {
            roots.add(lines.take("root", SignifyKey::new));
        }
        return Optional.of(new KnownList(number.get(), sha256, new Roots(threshold, roots)));
    }

    private static <T> Function<String, Optional<T>> orAbsent(Function<String, T> form) {
        return value -> value.equals(ABSENT) ? Optional.empty() : Optional.of(form.apply(value));
    }

    /** Returns the text. */
    public byte[] text() {
        StringBuilder text = new StringBuilder();
        text.append(HEADER).append("\ncounter ").append(counter);
        text.append("\nversion ").append(version.orElse(ABSENT));
        text.append("\nfloor ").append(floor);
        text.append("\ncreated ").append(created.map(Instant::toString).orElse(ABSENT));
        text.append("\nseen ").append(seen.map(Instant::toString).orElse(ABSENT));
        text.append("\nallow-downgrade ").append(allowedDowngrade.orElse(ABSENT));
        text.append("\nlist ")
                .append(list.map(known -> Long.toString(known.number())).orElse(ABSENT))
                .append('\n');
        list.ifPresent(known -> {
            text.append("list-sha256 ").append(known.sha256());
            text.append("\nthreshold ").append(known.roots().threshold());
            text.append("\nroots ").append(known.roots().keys().size()).append('\n');
            known.roots()
                    .keys()
                    .forEach(root -> text.append("root ").append(root.base64()).append('\n'));
        });
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the roots whose word decides about the next key list: those of the last one, or else of the policy. */
    public Optional<Roots> roots(TrustPolicy policy) {
        return list.map(KnownList::roots).or(policy::roots);
    }

    /** Returns the state in which the operator has allowed a downgrade to this version, once. */
    public TrustState allowingDowngrade(String to) {
        return new TrustState(counter, version, floor, created, seen, list, Optional.of(to));
    }

    /** Returns the state after this list was believed; this one when the list was known. */
    TrustState after(KeyList believed) {
        KnownList known = new KnownList(believed.number(), believed.sha256(), believed.roots());
        return new TrustState(counter, version, floor, created, seen, Optional.of(known), allowedDowngrade);
    }

    /** Returns the state after this release was offered and believed, installed or not. */
    TrustState afterOffer(ReleaseStatement release, Instant now) {
        if (created.isPresent() && !release.validity().created().isAfter(created.get())) {
            return this;
        }
        Instant second = Instant.ofEpochSecond(now.getEpochSecond());
        return new TrustState(
                counter,
                version,
                floor,
                Optional.of(release.validity().created()),
                Optional.of(second),
                list,
                allowedDowngrade);
    }

    /**
     * Returns the state after this release was installed. A downgrade moves no counter. Whatever was installed uses up
     * the operator's allowance: it was for the next update.
     */
    TrustState afterInstall(ReleaseStatement release) {
        boolean downgrade = release.counter() < counter;
        return new TrustState(
                Math.max(counter, release.counter()),
                downgrade ? version : Optional.of(release.version()),
                Math.max(floor, release.floor()),
                created,
                seen,
                list,
                Optional.empty());
    }

    /** Returns whether it is worth a warning that nothing newer was seen for as long as this. */
    public boolean isStale(TrustPolicy policy, Instant now) {
        return policy.freshDays() > 0
                && seen.isPresent()
                && seen.get().plus(Duration.ofDays(policy.freshDays())).isBefore(now);
    }
}
