package updater.service.macos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Guard;
import updater.api.service.ServiceContext;
import updater.processes.Processes;

/**
 * A guard that recovers by a job of its own: launchd runs it when it is loaded, at boot too, and every 15 seconds.
 *
 * <p>launchd puts jobs in no order, so after a boot in the middle of an update the agent may start on half an
 * installation before the guard stops it and undoes the update.
 *
 * <p>Making launchd forget the job ends its process, and with it the recovery that is just being finished by it. So a
 * guard that is disarmed by its own command only loses its file; once the command has ended, the shell around it finds
 * the file gone, and asks launchd to forget the job as the last thing it does. Should it not come to that, the next
 * run, 15 seconds later, finds nothing to recover and does it; and after a boot there is no file to load.
 */
final class LaunchdGuard implements Guard {
    private static final int MODE = 0644;
    private static final int INTERVAL_SECONDS = 15;
    private static final Duration BOUND = Duration.ofSeconds(30);

    /** Runs the command ($3 and on); then, if the property list ($0) is gone, has launchctl ($1) end the job ($2). */
    private static final String SCRIPT =
            "launchctl=$1 label=$2; shift 2; \"$@\"; [ -e \"$0\" ] || \"$launchctl\" bootout \"system/$label\""
                    + " || \"$launchctl\" remove \"$label\"";

    private final Launchctl launchctl;
    private final ServiceContext context;
    private final Processes processes;
    private final ProcessGroups groups;
    private final Job job;

    LaunchdGuard(Launchctl launchctl, ServiceContext context, Path root, Processes processes, ProcessGroups groups) {
        this.launchctl = launchctl;
        this.context = context;
        this.processes = processes;
        this.groups = groups;
        String label = context.product().name().replaceAll("[^A-Za-z0-9_.-]", "_") + "-updater-guard";
        this.job = new Job(launchctl, label, root.resolve("Library/LaunchDaemons/" + label + ".plist"));
    }

    @Override
    public void arm(List<String> command) throws UpdateFailure.Service {
        byte[] content = content(command).getBytes(StandardCharsets.UTF_8);
        boolean loaded = job.state().isPresent();
        if (loaded && installed().filter(found -> Arrays.equals(found, content)).isPresent()) {
            return;
        }
        if (loaded) {
            unload();
        }
        try {
            context.files().write(job.plist(), content, MODE);
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not write the guard's property list " + job.plist() + ": " + Reason.at(e),
                    "Make the directory writable for the updater",
                    e);
        }
        new JobStart(job, context.clock()).load();
    }

    private String content(List<String> command) throws UpdateFailure.Service {
        List<String> arguments = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                SCRIPT,
                job.plist().toString(),
                launchctl.executable().toString(),
                job.label()));
        arguments.addAll(command);
        StringBuilder strings = new StringBuilder();
        for (String argument : arguments) {
            if (argument.chars().anyMatch(Character::isISOControl)) {
                throw new UpdateFailure.Service(
                        "no property list can name a path with a control character in it: " + command,
                        "Install the agent in a directory with a printable name");
            }
            strings.append("    <string>")
                    .append(PropertyListText.escape(argument))
                    .append("</string>\n");
        }
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
                <plist version="1.0">
                <dict>
                  <key>Label</key>
                  <string>%s</string>
                  <key>ProgramArguments</key>
                  <array>
                %s  </array>
                  <key>RunAtLoad</key>
                  <true/>
                  <key>StartInterval</key>
                  <integer>%d</integer>
                </dict>
                </plist>
                """.formatted(PropertyListText.escape(job.label()), strings, INTERVAL_SECONDS);
    }

    @Override
    public void disarm() throws UpdateFailure.Service {
        try {
            context.files().delete(job.plist());
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove the guard's property list " + job.plist() + ": " + Reason.at(e),
                    "Remove it by hand",
                    e);
        }
        Optional<JobState> loaded = job.state();
        if (loaded.isEmpty() || isOwn(loaded.get())) {
            return;
        }
        unload();
    }

    private void unload() throws UpdateFailure.Service {
        new JobStop(job, processes, groups, context.clock()).run(BOUND, false);
    }

    private boolean isOwn(JobState guard) {
        return guard.pid() != 0
                && (guard.pid() == context.pid()
                        || processes.ancestors(context.pid()).contains(guard.pid()));
    }

    @Override
    public boolean armed() throws UpdateFailure.Service {
        return installed().isPresent() || job.state().isPresent();
    }

    private Optional<byte[]> installed() throws UpdateFailure.Service {
        try {
            return context.files().read(job.plist());
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not read the guard's property list " + job.plist() + ": " + Reason.at(e), "", e);
        }
    }
}
