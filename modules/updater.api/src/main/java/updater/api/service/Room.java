package updater.api.service;

import java.nio.file.Path;

/**
 * Free space that somebody insists on.
 *
 * @param directory on whose file system
 * @param bytes how much of it
 */
public record Room(Path directory, long bytes) {}
