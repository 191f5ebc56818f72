package updater.service.macos;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.UpdatedFiles;
import updater.processes.HostAccounts;
import updater.service.macos.PropertyList.Malformed;

/**
 * What a property list demands of the host, and the installed one does not.
 *
 * @param before the one that is installed; empty where it cannot be read
 */
record JobDemands(
        String label, Optional<PropertyList> before, PropertyList after, HostAccounts accounts, UpdatedFiles files) {
    /** @throws UpdateFailure.Refused with the first demand that is not fulfilled */
    void require() throws UpdateFailure.Refused {
        Optional<String> problem = unmet();
        if (problem.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_UNMET,
                    "by its new property list " + label + " could not be started here: " + problem.get(),
                    "Make what it asks for, or build the bundle again");
        }
    }

    private Optional<String> unmet() {
        return Stream.of(
                        changed(JobDemands::program)
                                .flatMap(files::notExecutable)
                                .map(why -> "of its program, " + why),
                        changed(keys -> keys.string("WorkingDirectory"))
                                .flatMap(files::noDirectory)
                                .map(why -> "by WorkingDirectory, " + why),
                        changed(keys -> keys.string("UserName"))
                                .filter(accounts::isNoUser)
                                .map(name -> "it runs as user " + name + ", and this host has none of that name"),
                        changed(keys -> keys.string("GroupName"))
                                .filter(accounts::isNoGroup)
                                .map(name -> "it runs in the group " + name + ", and this host has none of that name"))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /**
     * Refuses a job that could be stopped, but not started again. Nothing is before it: all of its demands are looked at.
     *
     * @param file where the property list is from, for messages
     */
    void requireStartable(Path file) throws UpdateFailure.Refused {
        Optional<String> nothing = program(after).isEmpty()
                ? Optional.of("its property list names neither Program nor ProgramArguments")
                : Optional.empty();
        Optional<String> problem = nothing.or(this::unmet);
        if (problem.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    label + " could be stopped, but not started again: " + problem.get(),
                    "Correct it in " + file + ", or make what it asks for; then 'plutil -lint " + file + "'");
        }
    }

    private Optional<String> changed(Function<PropertyList, Optional<String>> key) {
        return key.apply(after).filter(value -> !before.flatMap(key).equals(Optional.of(value)));
    }

    /** launchd looks a program up whose name has no directory. */
    static Optional<String> program(PropertyList plist) {
        try {
            Optional<String> argument =
                    plist.strings("ProgramArguments").stream().findFirst();
            return plist.string("Program").or(() -> argument);
        } catch (Malformed e) {
            return Optional.empty();
        }
    }
}
