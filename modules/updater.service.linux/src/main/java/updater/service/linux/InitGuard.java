package updater.service.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Guard;
import updater.api.service.ServiceContext;
import updater.processes.PidFile;
import updater.processes.ProcessId;
import updater.processes.Processes;
import updater.processes.Shell;
import updater.processes.Watchdog;

/**
 * A guard that recovers by a script at boot and by a loop until then.
 *
 * <p>The loop is a process of its own and no entry for cron: cron is not everywhere, looks once a minute, and keeps its
 * entries in places that differ. Nothing of these inits kills a process for where it came from, so the loop outlives
 * updater and agent. It does not outlive a reboot, where the script takes over, and starts a new loop before anything
 * else, for the case that the recovery at boot is itself cut short.
 *
 * <p>The script is written before the loop starts and removed before it ends: an updater that dies in between leaves a
 * loop whose next turn recovers, or finds nothing to recover and disarms the rest.
 */
final class InitGuard implements Guard {
    private final ServiceContext context;
    private final BootHalf boot;
    private final Watchdog watchdog;
    private final PidFile waiting;
    private final Processes processes;

    InitGuard(ServiceContext context, BootHalf boot, Watchdog watchdog, Processes processes) {
        this.context = context;
        this.boot = boot;
        this.watchdog = watchdog;
        this.processes = processes;
        this.waiting = new PidFile(BootScript.waiting(context.layout()), context.files(), processes);
    }

    @Override
    public void arm(List<String> command) throws UpdateFailure.Service {
        if (command.stream().anyMatch(argument -> argument.indexOf('\0') >= 0)) {
            throw new UpdateFailure.Service("no command can hold a NUL: " + command, "");
        }
        Path shell = context.commands()
                .find(Shell.SHELLS)
                .orElseThrow(() -> new UpdateFailure.Service(
                        "there is no guard without a shell: none of " + Shell.SHELLS + " is here", ""));
        boot.write(command, watchdog.loop(shell, command));
        watchdog.arm(command);
    }

    @Override
    public void disarm() throws UpdateFailure.Service {
        boot.remove();
        watchdog.disarm();
        waiting.delete();
        try {
            ScriptedStart.discard(context);
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove what the last start wrote from "
                            + context.layout().state() + ": " + Reason.at(e),
                    "",
                    e);
        }
    }

    @Override
    public boolean armed() throws UpdateFailure.Service {
        return boot.present() || watchdog.armed();
    }

    /** The part that waits for a boot does nothing until there is one. */
    @Override
    public boolean ready() throws UpdateFailure.Service {
        return watchdog.ready();
    }

    /** Returns whether the host is booting, and waits for the recovery that this is part of. */
    boolean booting() throws UpdateFailure.Service {
        return waiting.read() instanceof PidFile.Started(ProcessId script) && processes.lives(script);
    }
}
