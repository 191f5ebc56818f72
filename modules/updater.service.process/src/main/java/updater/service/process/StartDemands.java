package updater.service.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.api.service.UpdatedFiles;

/**
 * What the next start of an agent demands of the host.
 *
 * @param definition what it will be started by
 * @param source where that lies, for messages
 * @param host how its pid file and its output will be opened
 * @param files the host as the start will find it
 */
record StartDemands(String service, ProcessDefinition definition, Path source, HostFiles host, UpdatedFiles files) {
    /** Refuses an agent that could be stopped, but not started again. Changes nothing. */
    void require() throws UpdateFailure.Refused {
        Optional<String> problem = files.notExecutable(definition.command().getFirst())
                .map(why -> "of its command, " + why)
                .or(() -> files.noDirectory(definition.directory().toString()).map(why -> "of its directory, " + why));
        if (problem.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    service + " could be stopped, but not started again: " + problem.get(),
                    "Correct it in " + source + ", or make what it asks for");
        }
        requireMakeable("pid file", definition.pidFile());
        if (Files.exists(definition.output(), LinkOption.NOFOLLOW_LINKS)) {
            requireAppendable(definition.output());
        } else {
            requireMakeable("output", definition.output());
        }
    }

    private void requireAppendable(Path output) throws UpdateFailure.Refused {
        try {
            host.append(output).close();
        } catch (IOException e) {
            throw notWritable("output", output, Reason.at(e), output);
        }
    }

    /** The file is made anew by a rename, or made for the first time; so are the directories above it. */
    private void requireMakeable(String what, Path file) throws UpdateFailure.Refused {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            throw notWritable(what, file, "it is a directory", file);
        }
        Optional<Path> above = Optional.ofNullable(file.getParent());
        while (above.isPresent() && !Files.exists(above.get(), LinkOption.NOFOLLOW_LINKS)) {
            above = above.map(Path::getParent);
        }
        if (above.isEmpty()) {
            return;
        }
        Path there = above.get();
        if (!Files.isDirectory(there)) {
            throw notWritable(what, file, there + " is no directory", there);
        }
        if (!Files.isWritable(there) || !Files.isExecutable(there)) {
            throw notWritable(what, file, "the directory " + there + " cannot be written", there);
        }
    }

    private UpdateFailure.Refused notWritable(String what, Path file, String why, Path at) {
        return new UpdateFailure.Refused(
                RefusalCode.NOT_WRITABLE,
                service + " could be stopped, but not started again: its " + what + " " + file + " cannot be made: "
                        + why,
                "See 'ls -ld " + at + "', and let the updater's user write there");
    }
}
