package updater.service.windows;

import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import updater.api.HomeRule.HomeOverride.RegistryValue;
import updater.api.Os;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.processes.HostProcesses;
import updater.processes.Processes;

/** The provider of the service control manager of Windows, {@code windows}. */
public record WindowsProvider(Supplier<ServiceControl> control, Processes processes) implements ServiceManagerProvider {
    /** For {@link java.util.ServiceLoader}. Loads nothing of Windows, which is not there on other systems. */
    public WindowsProvider() {
        this(
                () -> BoundedServiceControl.of(NativeServiceControl.ofHost(), BoundedServiceControl.BOUND),
                HostProcesses.of(Os.WINDOWS));
    }

    @Override
    public String name() {
        return "windows";
    }

    @Override
    public Set<Os> systems() {
        return Set.of(Os.WINDOWS);
    }

    @Override
    public Detection detect(Commands commands) {
        try {
            ServiceControl manager = control.get();
            manager.close(manager.openManager(ServiceControl.MANAGER_CONNECT));
            return new Detection(Fit.RUNS, "the service control manager answers");
        } catch (Win32Failure e) {
            return new Detection(
                    Fit.ABSENT, "the service control manager does not answer: " + ErrorCode.meaning(e.code()));
        } catch (LinkageError e) {
            return new Detection(Fit.ABSENT, "advapi32.dll cannot be called: " + e.getMessage());
        }
    }

    @Override
    public Optional<String> registryValue(RegistryValue value) {
        try {
            return control.get().registryString(value.key(), value.value());
        } catch (Win32Failure | LinkageError e) {
            return Optional.empty();
        }
    }

    @Override
    public ServiceManager open(ServiceContext context) {
        return new WindowsService(context, control.get(), processes);
    }
}
