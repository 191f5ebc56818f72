package updater.release;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What came with a release and is to be believed or not: bytes of others.
 *
 * <p>Read no more of a file than the limits {@link ReleaseStatement#MAX_BYTES} and {@link KeyList#MAX_BYTES} and one byte
 * more: a longer one is refused for its length.
 */
public final class ReleaseOffer {
    private final Optional<byte[]> statement;
    private final Optional<byte[]> keyList;
    private final OptionalLong size;

    /**
     * @param statement the file of the statement with its signature; empty for an unsigned release
     * @param keyList the file of the key list with its signatures. A caller who keeps the newest list that was believed
     *     passes that one where the release has an older one or none
     * @param size bytes of the bundle as far as they are known before it is read; empty for an unpacked tree
     */
    public ReleaseOffer(Optional<byte[]> statement, Optional<byte[]> keyList, OptionalLong size) {
        this.statement = statement.map(byte[]::clone);
        this.keyList = keyList.map(byte[]::clone);
        this.size = size;
    }

    Optional<byte[]> statement() {
        return statement;
    }

    Optional<byte[]> keyList() {
        return keyList;
    }

    OptionalLong size() {
        return size;
    }
}
