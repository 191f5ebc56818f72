package updater.service.macos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;

/**
 * The permission that launchd load a job which is disabled although it was running, which means that it is not to start
 * at the next boot. It is taken back: the job is disabled again.
 *
 * <p>A note in the state directory says that it has to be, so that this is done whatever becomes of the updater.
 */
record LoadPermission(Job job, HostFiles files, Path note) {
    LoadPermission(Job job, ServiceContext context) {
        this(job, context.files(), context.layout().state().resolve("launchd-disabled"));
    }

    boolean needed() throws UpdateFailure.Service {
        return job.disabled().orElse(false);
    }

    /** Enables it, once the note is durable. Idempotent. */
    void give() throws UpdateFailure.Service {
        try {
            files.write(note, (job.target() + "\n").getBytes(StandardCharsets.UTF_8), 0600);
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not note in " + note + " that " + job.label() + " is disabled: " + Reason.at(e), "", e);
        }
        job.setDisabled(false);
    }

    /** Disables it where the note says so, and removes the note. Idempotent. */
    void takeBack() throws UpdateFailure.Service {
        try {
            if (files.read(note).isPresent()) {
                job.setDisabled(true);
                files.delete(note);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove " + note + ": " + Reason.at(e),
                    "See whether the job is disabled, launchctl print-disabled system, and remove the file",
                    e);
        }
    }
}
