package updater.state.manifest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.PayloadReader;
import updater.state.log.PayloadWriter;
import updater.state.log.UnrecordableException;

/**
 * The form that the records of a manifest have as bytes. {@link PayloadWriter} says what the fields look like.
 *
 * <pre>
 * e entry  text path · octet type (f, d, l or s) · octet what follows behind the links · number size · number mode ·
 *          number uid · number gid · instant modified · instant changed · number device · number inode · number links ·
 *          1: text link target · 16: blob link target that is no text, in UTF-16 · 2: number of attributes, of each text name · blob value · 4: number checksum ·
 *          8: text note
 * g gone   text path
 * E, G     number of characters that the path has in common with that of the record before · as e and g, the rest in the
 *          place of the path
 * n end    number of the records before it
 * </pre>
 *
 * <p>Only paths that have {@value #SHARED} characters and more in common are shortened: an older updater can read all other
 * manifests, and the one of a deep tree is no longer than that of any other with as many names.
 *
 * <p>There may be a million entries, and those of the second pass are written while the agent is down.
 */
final class ManifestCodec {
    private static final int LINK_TARGET = 1;
    private static final int ATTRIBUTES = 2;
    private static final int CHECKSUM = 4;
    private static final int NOTE = 8;
    private static final int LINK_TARGET_UNITS = 16;
    private static final int KNOWN = LINK_TARGET | ATTRIBUTES | CHECKSUM | NOTE | LINK_TARGET_UNITS;

    /** Characters of a path that are worth not being repeated. */
    private static final int SHARED = 256;

    private ManifestCodec() {}

    /** An entry, or the path of one that is gone, or the number of all of them. */
    record Decoded(Optional<ManifestEntry> entry, Optional<String> gone, OptionalLong count) {
        /** Returns the path it is about; empty for the number. */
        Optional<String> path() {
            return entry.isPresent() ? entry.map(found -> found.file().path()) : gone;
        }
    }

    static byte[] encodeComplete(long count) {
        return new PayloadWriter().start('n').number(count).toBytes();
    }

    /** @param before the path of the record before; empty for the first one */
    static byte[] encodeGone(PayloadWriter out, String before, String path) throws UnrecordableException {
        startWithPath(out, 'g', before, path);
        return out.toBytes();
    }

    private static void startWithPath(PayloadWriter out, char tag, String before, String path)
            throws UnrecordableException {
        int shared = shared(before, path);
        if (shared < SHARED) {
            out.start(tag).text(path);
        } else {
            out.start(Character.toUpperCase(tag)).number(shared).text(path.substring(shared));
        }
    }

    /** Returns how long the directories are that both paths begin with: in the middle of a name a character may be two units. */
    private static int shared(String one, String other) {
        int most = Math.min(one.length(), other.length());
        int directories = 0;
        for (int i = 0; i < most && one.charAt(i) == other.charAt(i); i++) {
            if (one.charAt(i) == '/') {
                directories = i + 1;
            }
        }
        // The directory itself may be what comes before.
        boolean below = most == one.length() && other.length() > most && other.charAt(most) == '/';
        return below && other.startsWith(one) ? most : directories;
    }

    /** As {@link #encodeGone}. */
    static byte[] encode(PayloadWriter out, String before, FileEntry file, Optional<String> note)
            throws UnrecordableException {
        int present = file.linkTarget().map(ManifestCodec::targetForm).orElse(0)
                | (file.attributes().isEmpty() ? 0 : ATTRIBUTES)
                | (file.checksum().isPresent() ? CHECKSUM : 0)
                | (note.isPresent() ? NOTE : 0);
        startWithPath(out, 'e', before, file.path());
        out.octet(letter(file.type())).octet(present);
        Stat stat = file.stat();
        out.number(stat.size()).number(stat.mode()).number(stat.uid()).number(stat.gid());
        out.instant(stat.modified()).instant(stat.changed());
        out.number(stat.device()).number(stat.inode()).number(stat.links());
        if ((present & LINK_TARGET) != 0) {
            out.text(file.linkTarget().orElseThrow());
        } else if ((present & LINK_TARGET_UNITS) != 0) {
            out.blob(units(file.linkTarget().orElseThrow()));
        }
        if (!file.attributes().isEmpty()) {
            attributes(out, file.attributes());
        }
        if (file.checksum().isPresent()) {
            out.number(file.checksum().getAsLong());
        }
        if (note.isPresent()) {
            out.text(note.get());
        }
        return out.toBytes();
    }

    /** A link may hold any bytes; what is no text has surrogates that stand alone, and no UTF-8 form. */
    private static int targetForm(String target) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(target) ? LINK_TARGET : LINK_TARGET_UNITS;
    }

    private static byte[] units(String target) {
        ByteBuffer units = ByteBuffer.allocate(2 * target.length());
        units.asCharBuffer().put(target);
        return units.array();
    }

    private static Optional<String> target(PayloadReader in, int present) throws IOException {
        if ((present & LINK_TARGET) != 0) {
            return Optional.of(in.text());
        }
        if ((present & LINK_TARGET_UNITS) != 0) {
            return Optional.of(ByteBuffer.wrap(in.blob()).asCharBuffer().toString());
        }
        return Optional.empty();
    }

    private static void attributes(PayloadWriter out, Map<String, Bytes> attributes) throws UnrecordableException {
        out.number(attributes.size());
        for (Map.Entry<String, Bytes> attribute : new TreeMap<>(attributes).entrySet()) {
            out.text(attribute.getKey()).blob(attribute.getValue().toArray());
        }
    }

    private static int letter(FileType type) {
        return switch (type) {
            case REGULAR -> 'f';
            case DIRECTORY -> 'd';
            case SYMLINK -> 'l';
            case SPECIAL -> 's';
        };
    }

    /**
     * Returns the record that these bytes are.
     *
     * @param file the manifest, for messages
     * @param start where the record begins in it, for messages
     * @param before the path of the record before; empty for the first one
     * @throws DamagedLogException when no updater writes such a record
     * @throws FutureFormatException when a newer updater wrote it
     */
    static Decoded decode(Path file, long start, String before, byte[] payload) throws IOException {
        PayloadReader in = new PayloadReader(file, start, payload);
        Decoded decoded = switch (in.octet()) {
            case 'e' -> new Decoded(Optional.of(entry(in.text(), in)), Optional.empty(), OptionalLong.empty());
            case 'E' -> new Decoded(Optional.of(entry(path(before, in), in)), Optional.empty(), OptionalLong.empty());
            case 'g' -> new Decoded(Optional.empty(), Optional.of(in.text()), OptionalLong.empty());
            case 'G' -> new Decoded(Optional.empty(), Optional.of(path(before, in)), OptionalLong.empty());
            case 'n' -> new Decoded(Optional.empty(), Optional.empty(), OptionalLong.of(in.number()));
            default -> throw in.newer("a known kind of record");
        };
        in.end();
        return decoded;
    }

    private static String path(String before, PayloadReader in) throws DamagedLogException {
        int shared = in.smallNumber();
        if (shared < 0 || shared > before.length()) {
            throw in.damaged("a path that begins as the one before");
        }
        return before.substring(0, shared) + in.text();
    }

    private static ManifestEntry entry(String path, PayloadReader in) throws IOException {
        FileType type = type(in);
        int present = in.octet();
        if ((present & ~KNOWN) != 0) {
            throw in.newer("known properties of a file");
        }
        Stat stat = new Stat(
                type,
                in.number(),
                in.smallNumber(),
                in.number(),
                in.number(),
                in.instant(),
                in.instant(),
                in.number(),
                in.number(),
                in.smallNumber());
        FileEntry file = new FileEntry(
                path,
                stat,
                target(in, present),
                (present & ATTRIBUTES) != 0 ? attributes(in) : Map.of(),
                (present & CHECKSUM) != 0 ? OptionalLong.of(in.number()) : OptionalLong.empty());
        return new ManifestEntry(file, (present & NOTE) != 0 ? Optional.of(in.text()) : Optional.empty());
    }

    private static FileType type(PayloadReader in) throws IOException {
        return switch (in.octet()) {
            case 'f' -> FileType.REGULAR;
            case 'd' -> FileType.DIRECTORY;
            case 'l' -> FileType.SYMLINK;
            case 's' -> FileType.SPECIAL;
            default -> throw in.newer("a known type of file");
        };
    }

    private static Map<String, Bytes> attributes(PayloadReader in) throws IOException {
        int count = in.count(2);
        Map<String, Bytes> attributes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            if (attributes.put(in.text(), Bytes.of(in.blob())) != null) {
                throw in.damaged("each attribute once");
            }
        }
        return attributes;
    }
}
