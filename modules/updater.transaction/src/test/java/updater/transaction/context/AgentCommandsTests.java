package updater.transaction.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.processes.ProcessUser;
import updater.transaction.world.RealCommands;
import updater.transaction.world.World;

/** Whom an agent acts for, told by real processes: one of the agent's user may be a program with set-ID bits by now. */
final class AgentCommandsTests {
    private static final long AGENT = 65534;

    private final List<Process> started = new ArrayList<>();
    private final AgentCommands commands = new AgentCommands(new RealCommands(), 0);

    @TempDir
    private Path directory;

    private World world;

    @BeforeEach
    void open() throws IOException {
        assumeTrue(new com.sun.security.auth.module.UnixSystem().getUid() == 0, "another user needs root");
        world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world")));
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Starts something that echoes what it reads, so that it is what it is to be once it does. */
    private long started(String... command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        started.add(process);
        process.outputWriter().write("runs\n");
        process.outputWriter().flush();
        assertThat(process.inputReader().readLine()).isEqualTo("runs");
        return process.pid();
    }

    private ProcessUser agent(long pid) throws UpdateFailure.Service {
        return commands.agent(world.context(), new ServiceState(Activity.RUNNING, pid, 0, "runs"));
    }

    private void assertUntold(long pid, String message) {
        assertThatExceptionOfType(UpdateFailure.Service.class)
                .isThrownBy(() -> agent(pid))
                .withMessageContaining(message)
                .withMessageContaining("cannot be told as which user");
    }

    @Test
    void agent_ofItsOwnUser_isThatUserWithItsGroups() throws Exception {
        world.service.user = Optional.of(AGENT);

        assertThat(agent(started("setpriv", "--reuid=65534", "--regid=65533", "--groups=65531,65532", "cat")))
                .isEqualTo(new ProcessUser(AGENT, 65533, List.of(65531L, 65532L)));
    }

    /** As passwd, ping and chage are when the agent's user has started them. */
    @Test
    void agent_thatBecameAProgramWithSetIdBits_isStillTheUserWhoStartedIt() throws Exception {
        Path program = setId("04755");
        world.service.user = Optional.of(AGENT);

        assertThat(agent(started("setpriv", "--reuid=65534", "--regid=65533", "--clear-groups", program.toString())))
                .isEqualTo(new ProcessUser(AGENT, 65533, List.of()));
        assertThat(agent(started(
                        "setpriv",
                        "--reuid=65534",
                        "--regid=65533",
                        "--clear-groups",
                        setId("02755").toString())))
                .isEqualTo(new ProcessUser(AGENT, 65533, List.of()));
    }

    private Path setId(String mode) throws Exception {
        Path program = directory.resolve("cat-" + mode);
        Files.copy(Path.of("/bin/cat"), program);
        Files.setAttribute(program, "unix:mode", Integer.parseInt(mode, 8));
        Files.setAttribute(directory, "unix:mode", 0711);
        return program;
    }

    /** As sudo is, which makes itself root in every respect before it asks for a password. */
    @Test
    void agent_thatIsRootAltogether_isNotBelievedWhereTheServiceIsAnothers() throws Exception {
        world.service.user = Optional.of(AGENT);

        assertUntold(started("cat"), "acts for user 0, and the service is defined to run as user 65534");
    }

    @Test
    void agent_thatIsRoot_isBelievedWhereTheServiceIsRoots() throws Exception {
        world.service.user = Optional.of(0L);
        Files.setAttribute(world.layout().home(), "unix:uid", (int) AGENT);

        assertThat(agent(started("cat")).user()).isZero();
    }

    /** A pid file may be the agent's to write. */
    @Test
    void agent_whoseManagerSaysNothing_isHomesOwner() throws Exception {
        Files.setAttribute(world.layout().home(), "unix:uid", (int) AGENT);

        assertThat(agent(started("setpriv", "--reuid=65534", "--clear-groups", "cat"))
                        .user())
                .isEqualTo(AGENT);
        assertUntold(started("cat"), "acts for user 0, and " + world.layout().home() + " belongs to user 65534");
        assertUntold(
                started("setpriv", "--reuid=65533", "--clear-groups", "cat"),
                "acts for user 65533, and " + world.layout().home() + " belongs to user 65534");
    }

    @Test
    void agent_inRootsHomeThatRunsAProgramWithSetIdBits_isNotBelieved() throws Exception {
        assertUntold(started(setId("04755").toString()), "runs a program with set-ID bits");
        assertThat(agent(started("setpriv", "--reuid=65533", "--clear-groups", "cat"))
                        .user())
                .isEqualTo(65533);
    }

    /** From the session of an operator's shell it could put commands into the terminal. */
    @Test
    void run_asTheAgent_isInASessionOfItsOwnWithoutAWayBack() throws Exception {
        List<String> argv =
                List.of("/bin/sh", "-c", "grep -E '^(Uid|NoNewPrivs):' /proc/$$/status; cut -d' ' -f1,6 /proc/$$/stat");

        Commands.Result result =
                commands.run(List.of(), new ProcessUser(AGENT, AGENT, List.of()), argv, Duration.ofSeconds(20));

        List<String> lines = result.out().lines().toList();
        assertThat(lines.get(0)).isEqualTo("Uid:\t65534\t65534\t65534\t65534");
        assertThat(lines.get(1)).isEqualTo("NoNewPrivs:\t1");
        assertThat(lines.get(2)).matches("([0-9]+) \\1");
    }

    @Test
    void agent_thatDoesNotRun_cannotBeTold() {
        assertUntold(0, "the agent does not run");
    }
}
