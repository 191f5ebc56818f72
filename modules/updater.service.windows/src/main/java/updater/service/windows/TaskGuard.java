package updater.service.windows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.Guard;
import updater.api.service.Quotation;
import updater.api.service.ServiceContext;

/**
 * A guard that recovers by a scheduled task, at boot and every minute, as LocalSystem.
 *
 * <p>The task is made by {@code schtasks.exe} from a description, which says what no option of the command does: that
 * it also runs on battery, that a missed run is made up for, and that a second instance is not started. The description
 * lies in the state directory while the command reads it, and is removed at once. Whether there is a task is seen by
 * the file in which the scheduler keeps it: the command's texts are in the language of the host, and its exit code is 1
 * for every error.
 *
 * <p>Nothing orders a task before a service that starts at boot. A recovery at boot may find the agent running on half
 * an installation, and stops it first.
 *
 * @see <a href="https://learn.microsoft.com/windows-server/administration/windows-commands/schtasks-create">schtasks create</a>
 */
record TaskGuard(ServiceContext context, ServiceControl control, String task) implements Guard {
    private static final Duration BOUND = Duration.ofSeconds(30);
    private static final String WINDOWS_KEY = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

    TaskGuard(ServiceContext context, ServiceControl control) {
        this(context, control, context.product().name() + "-updater-guard");
    }

    @Override
    public void arm(List<String> command) throws UpdateFailure.Service {
        Path description = context.layout().state().resolve("guard.xml");
        // With a byte order mark, and little-endian, as the Task Scheduler writes it.
        byte[] text = ("\uFEFF" + GuardTask.xml(command, context.product().name())).getBytes(StandardCharsets.UTF_16LE);
        try {
            context.files().write(description, text, 0600);
            try {
                Result result = schtasks("/Create", "/TN", "\\" + task, "/XML", description.toString(), "/F");
                if (!result.succeeded()) {
                    throw failed("create", result);
                }
            } finally {
                context.files().delete(description);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not write the guard's description " + description + ": " + Reason.at(e),
                    "Make room for it",
                    e);
        }
    }

    @Override
    public void disarm() throws UpdateFailure.Service {
        if (!armed()) {
            return;
        }
        Result result = schtasks("/Delete", "/TN", "\\" + task, "/F");
        if (armed()) {
            throw failed("delete", result);
        }
    }

    @Override
    public boolean armed() throws UpdateFailure.Service {
        Path file = system32().resolve("Tasks").resolve(task);
        try {
            return context.files().read(file).isPresent();
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not look for the guard's task " + file + ": " + Reason.at(e),
                    "Run the updater as an administrator",
                    e);
        }
    }

    private Result schtasks(String... arguments) throws UpdateFailure.Service {
        List<String> argv = new ArrayList<>();
        argv.add(system32().resolve("schtasks.exe").toString());
        argv.addAll(List.of(arguments));
        return context.commands().run(argv, BOUND);
    }

    private UpdateFailure.Service failed(String verb, Result result) {
        return new UpdateFailure.Service(
                "could not " + verb + " the scheduled task " + task + ": schtasks.exe ended with " + result.exit()
                        + ", " + Quotation.ofErrors(result),
                "See that the service 'Schedule' runs ('sc query schedule'), and that the updater runs as LocalSystem or as"
                        + " an administrator");
    }

    /** The environment would say so too, but it is the caller's. */
    private Path system32() throws UpdateFailure.Service {
        String windows;
        try {
            windows = control.registryString(WINDOWS_KEY, "SystemRoot").orElse("C:\\Windows");
        } catch (Win32Failure e) {
            throw new UpdateFailure.Service("could not look up where Windows is installed: " + e.getMessage(), "", e);
        }
        return context.layout().home().getFileSystem().getPath(windows).resolve("System32");
    }
}
