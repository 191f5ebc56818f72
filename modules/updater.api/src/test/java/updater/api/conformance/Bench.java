package updater.api.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import updater.api.conformance.ServiceBench.Ability;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;

/** What the groups of tests share. */
interface Bench {
    /** What a stop is given. No bench needs it all. */
    Duration BOUND = Duration.ofSeconds(30);

    /** How soon the end of an agent must be known: the watch over a new agent depends on it. */
    Duration NOTICED = Duration.ofSeconds(2);

    /** Far more than anything takes that works. */
    Duration PATIENCE = Duration.ofSeconds(30);

    Duration POLL = Duration.ofMillis(20);

    ServiceBench bench();

    /** The condition that a test waits for. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws Exception;
    }

    default void requires(Ability ability) {
        assumeTrue(bench().abilities().contains(ability), () -> "this bench cannot do " + ability);
    }

    default void await(String what, Duration bound, Condition condition) throws Exception {
        long start = bench().clock().nanos();
        while (!condition.holds()) {
            assertThat(bench().clock().since(start))
                    .as("%s; the service is %s", what, bench().open().state())
                    .isLessThan(bound);
            bench().clock().pause(POLL);
        }
    }

    /** Starts the service and returns its state once it runs and has a main process. */
    default ServiceState running(ServiceManager manager) throws Exception {
        manager.start();
        return awaitRunning(manager);
    }

    default ServiceState awaitRunning(ServiceManager manager) throws Exception {
        try {
            await("the service runs", PATIENCE, () -> {
                ServiceState state = manager.state();
                return state.running() && state.mainPid() != 0;
            });
        } catch (AssertionError e) {
            throw new AssertionError("to whoever started it the service is " + manager.state(), e);
        }
        bench().awaitReady();
        return manager.state();
    }

    default void assertGone(ServiceManager manager) throws Exception {
        assertThat(manager.state().stopped()).as("%s", manager.state()).isTrue();
        assertThat(manager.state().mainPid()).as("main process").isZero();
        assertThat(bench().processes()).as("processes left").isZero();
    }

    /** Returns whether the manager lets know that the process it had is no longer the one that runs. */
    static boolean ended(ServiceState before, ServiceState now) {
        return now.activity() == Activity.FAILED
                || now.activity() == Activity.INACTIVE
                || (now.running() && now.mainPid() != before.mainPid())
                || now.restarts() != before.restarts();
    }

    /** Does what an update does with a change. */
    static void apply(ServiceManager manager, DefinitionChange change) throws Exception {
        switch (change) {
            case DefinitionChange.None none -> {}
            case DefinitionChange.Configure configure -> manager.configure(configure.after());
            case DefinitionChange.ReplaceFile file -> {
                place(file.target(), file.content().toArray());
                manager.reload();
            }
        }
    }

    /** By rename, as an update does: what reads the old file reads it to its end. */
    static void place(Path target, byte[] content) throws Exception {
        Path fresh = Files.write(target.resolveSibling(target.getFileName() + ".fresh"), content);
        if (Files.getFileStore(target.getParent()).supportsFileAttributeView("posix") && Files.exists(target)) {
            Files.setPosixFilePermissions(fresh, Files.getPosixFilePermissions(target));
        }
        Files.move(fresh, target, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }
}
