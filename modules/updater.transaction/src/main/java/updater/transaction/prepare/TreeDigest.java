package updater.transaction.prepare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.fs.TreeWalk;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.UpdateContext;

/**
 * What names a staged tree by its content, so that a bundle is known again that has failed: the checksum of its list of files
 * where it has one. Without a list it is made of path, mode and size of every file, and of its first 64 KiB, which tell two
 * builds of a program apart; to read all of it would take longer than it is worth.
 */
record TreeDigest(UpdateContext context, StagedTree staged) {
    private static final int START = 64 << 10;

    /** Returns it, in hexadecimal digits. */
    String hex() throws IOException, UpdateFailure {
        try {
            Optional<String> list = new ListedFiles(context, staged, "").sha256OfList();
            return list.isPresent() ? list.get() : ofFiles();
        } catch (Refusal e) {
            throw e.failure();
        }
    }

    private String ofFiles() throws IOException {
        MessageDigest hash = Sha256.newHash();
        ByteBuffer start = ByteBuffer.allocateDirect(START);
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory root =
                    opened.directory(staged.root().anchor(), staged.root().path());
            TreeWalk.walk(root, path -> false, new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry directory, Directory entered) {
                    add(directory, 0);
                    return true;
                }

                @Override
                public void file(FileEntry entry, Directory parent) throws IOException {
                    add(entry, entry.size());
                    if (entry.type() == FileType.REGULAR) {
                        try (Pinned file = parent.pinFile(entry.name())) {
                            file.readStart(start.clear().limit((int) Math.min(START, entry.size())));
                            hash.update(start.flip());
                        }
                    }
                }

                private void add(FileEntry entry, long size) {
                    hash.update((entry.type() + " " + entry.mode() + " " + size + " " + entry.path() + "\0")
                            .getBytes(StandardCharsets.UTF_8));
                }
            });
        }
        return HexFormat.of().formatHex(hash.digest());
    }
}
