package updater.agent.download;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is here of a file, in {@code DIRECTORY/SHA256.part}, and the validator of the server's file that it was taken from, in
 * {@code SHA256.validator} beside it.
 *
 * <p>Whatever is here may be torn, or of another file: it says where to go on, never what the file is. That is judged by the
 * hash of the whole, once it is there.
 */
final class PartialFile implements AutoCloseable {
    /** Strong entity tags, which alone say that the bytes are the same (RFC 9110, 13.1.5). */
    private static final Pattern STRONG_TAG = Pattern.compile("\"[\\x21\\x23-\\x7e]{0,500}\"");

    private final Path file;
    private final Path validatorFile;
    private final FileChannel channel;
    private long length;

    private PartialFile(Path file, Path validatorFile, FileChannel channel, long length) {
        this.file = file;
        this.validatorFile = validatorFile;
        this.channel = channel;
        this.length = length;
    }

    /** Opens what is here of the file with that hash, or begins it. Others' partial files in the directory are removed. */
    static PartialFile open(Path directory, String sha256) throws IOException {
        Path file = file(directory, sha256);
        Path validator = directory.resolve(sha256 + ".validator");
        removeAllBut(directory, Set.of(file, validator));
        FileChannel channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        LinkOption.NOFOLLOW_LINKS));
        return new PartialFile(file, validator, channel, channel.size());
    }

    /** Removes partial files, and what belongs to them. */
    static void removeAllBut(Path directory, Set<Path> kept) throws IOException {
        try (var entries = Files.newDirectoryStream(directory, "*.{part,validator,validator.new}")) {
            for (Path entry : entries) {
                if (!kept.contains(entry)) {
                    Files.deleteIfExists(entry);
                }
            }
        }
    }

    Path file() {
        return file;
    }

    /** Returns where the file with that hash is. */
    static Path file(Path directory, String sha256) {
        return directory.resolve(sha256 + ".part");
    }

    FileChannel channel() {
        return channel;
    }

    /** Returns how many bytes are here. */
    synchronized long length() {
        return length;
    }

    synchronized void append(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            length += channel.write(bytes, length);
        }
    }

    /** Begins anew. */
    synchronized void clear() throws IOException {
        channel.truncate(0);
        length = 0;
        Files.deleteIfExists(validatorFile);
    }

    /** Returns what the server called the file that these bytes are of. */
    Optional<String> validator() throws IOException {
        try {
            String text =
                    Files.readString(validatorFile, StandardCharsets.US_ASCII).strip();
            return text.isEmpty() ? Optional.empty() : Optional.of(text);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Keeps what the server calls the file. Atomic: a torn one would only begin the download anew. */
    void keepValidator(Optional<String> validator) throws IOException {
        if (validator.isEmpty()) {
            Files.deleteIfExists(validatorFile);
            return;
        }
        Path next = validatorFile.resolveSibling(validatorFile.getFileName() + ".new");
        Files.writeString(next, validator.get(), StandardCharsets.US_ASCII);
        Files.move(next, validatorFile, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Returns a strong entity tag, or else the time of the last change. */
    static Optional<String> validator(Optional<String> entityTag, Optional<String> lastModified) {
        return entityTag
                .filter(tag -> STRONG_TAG.matcher(tag).matches())
                .or(() -> lastModified.filter(
                        time -> time.length() < 100 && time.chars().allMatch(c -> c >= ' ' && c < 127)));
    }

    /** All is here: nobody asks the server for the rest. Returns the file. */
    Path complete() throws IOException {
        Files.deleteIfExists(validatorFile);
        return file;
    }

    /** Forces the bytes to disk. */
    void force() throws IOException {
        channel.force(true);
    }

    /** Removes what is here. */
    void delete() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
        Files.deleteIfExists(validatorFile);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
