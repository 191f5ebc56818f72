package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileType;
import updater.api.Stat;

/** A small file, read and replaced as a whole. */
public final class SmallFile {
    private static final int BLOCK = 8192;
    /** How often a name is looked up anew whose file is replaced again and again. */
    private static final int LOOKS = 20;

    private static final String TEMPORARY = ".updater-new";

    private SmallFile() {}

    /**
     * Returns a file's bytes; empty when nothing is there. Follows no link, and waits for no writer of a FIFO. One that is
     * replaced meanwhile is what it was, or what it has become.
     *
     * @throws FileSystemException when it is not a regular file, or has more than {@code maximum} bytes
     */
    public static Optional<byte[]> read(Directory directory, String name, int maximum) throws IOException {
        return lookedUp(() -> readOnce(directory, name, maximum));
    }

    private interface Look<T> {
        T look() throws IOException;
    }

    private static <T> T lookedUp(Look<T> looks) throws IOException {
        for (int more = LOOKS; ; more--) {
            try {
                return looks.look();
            } catch (StaleFileException e) {
                if (more == 0) {
                    throw e;
                }
            }
        }
    }

    private static Optional<byte[]> readOnce(Directory directory, String name, int maximum) throws IOException {
        try (FileChannel channel = directory.read(name)) {
            ByteBuffer buffer = ByteBuffer.allocate(Math.min(BLOCK, maximum) + 1);
            while (channel.read(buffer) >= 0) {
                if (buffer.position() > maximum) {
                    throw new FileSystemException(
                            Names.display(directory.display(), name).toString(),
                            null,
                            "has more than the " + maximum + " bytes expected at most");
                }
                if (!buffer.hasRemaining()) {
                    int larger = (int) Math.min(2L * buffer.capacity(), maximum + 1L);
                    buffer = ByteBuffer.allocate(larger).put(buffer.flip());
                }
            }
            return Optional.of(Arrays.copyOf(buffer.array(), buffer.position()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * The owner of a file and the metadata it carries.
     *
     * @param mode permission, set-id and sticky bits
     */
    public record Ownership(long uid, long gid, int mode, Map<String, Bytes> attributes) {
        public Ownership {
            // The content is going to be another one.
            attributes = Map.copyOf(ContentAttributes.without(attributes));
        }

        static Ownership of(Pinned file) throws IOException {
            Stat stat = file.entry().stat();
            return new Ownership(stat.uid(), stat.gid(), stat.mode(), file.attributes());
        }
    }

    /**
     * Creates or replaces a file at once and forces it, name included. A regular file's owner, group, mode and attributes
     * are kept; a new file, and one that takes the place of a link or the like, belongs to this process and has mode
     * {@code newMode}. When it fails, what was there is still there, and {@link #temporaryName} at most beside it.
     */
    public static void replace(Directory directory, String name, byte[] content, int newMode) throws IOException {
        Optional<Ownership> present = lookedUp(() -> present(directory, name));
        write(directory, name, content, present.map(Ownership::mode).orElse(newMode), present);
    }

    /** As {@link #replace(Directory, String, byte[], int)}, with everything given. */
    public static void replace(Directory directory, String name, byte[] content, Ownership ownership)
            throws IOException {
        write(directory, name, content, ownership.mode(), Optional.of(ownership));
    }

    /** As {@link #replace(Directory, String, byte[], int)}, but nothing is kept of what was there. */
    static void overwrite(Directory directory, String name, byte[] content, int mode) throws IOException {
        write(directory, name, content, mode, Optional.empty());
    }

    /** Returns the name under which a file is written before it takes the place of {@code name}. */
    public static String temporaryName(String name) {
        return "." + name + TEMPORARY;
    }

    /** Returns whether {@link #temporaryName} made this name. */
    public static boolean isTemporary(String name) {
        return name.startsWith(".") && name.endsWith(TEMPORARY);
    }

    private static Optional<Ownership> present(Directory directory, String name) throws IOException {
        try (Pinned file = directory.pin(name)) {
            return file.entry().type() == FileType.REGULAR ? Optional.of(Ownership.of(file)) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static void write(Directory directory, String name, byte[] content, int mode, Optional<Ownership> ownership)
            throws IOException {
        String temporary = temporaryName(name);
        deleteIfThere(directory, temporary);
        try (Pinned file = directory.createFile(temporary)) {
            try (FileChannel channel = file.write()) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                if (ownership.isPresent()) {
                    file.own(ownership.get().uid(), ownership.get().gid());
                    file.setAttributes(ownership.get().attributes());
                }
                file.chmod(mode);
                channel.force(true);
            } catch (IOException e) {
                throw Failures.naming(directory.display().resolve(temporary), e);
            }
            directory.rename(temporary, directory, name);
        } catch (IOException | RuntimeException e) {
            try {
                deleteIfThere(directory, temporary);
            } catch (IOException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
        directory.force();
    }

    private static void deleteIfThere(Directory directory, String name) throws IOException {
        try {
            directory.delete(name);
        } catch (NoSuchFileException e) {
            // As wanted.
        }
    }
}
