package updater.fs;

import java.util.OptionalLong;

/**
 * The room that a file system still has.
 *
 * @param usableBytes bytes this process may still write
 * @param freeInodes files that may still be created; empty where the file system has no such limit or does not tell
 * @param fileSystemType such as {@code ext4}; {@code unknown} where the host does not tell
 * @param blockSize bytes in which space is handed out, at least 1
 */
public record Space(long usableBytes, OptionalLong freeInodes, String fileSystemType, long blockSize) {}
