package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import updater.processes.Boot;
import updater.transaction.context.Invocation;
import updater.transaction.context.OwnUser;
import updater.transaction.context.Termination;
import updater.transaction.world.World;

/**
 * An update in a process of its own, which has as little memory as the packaged updater: the directory given is moved into
 * home, {@code before} the update or by the {@code new} agent before it fails. Prints the outcome, and the most memory that
 * the process had.
 */
final class ManyNamesMain {
    private ManyNamesMain() {}

    public static void main(String[] arguments) throws Exception {
        Path many = Path.of(arguments[1]);
        World world = World.plain(Path.of(arguments[0]));
        Path inHome = world.home("data");
        world.service.onFirstStop = () -> {};
        if (arguments[2].equals("before")) {
            Files.move(many, inHome);
            world.newAgent(3, () -> {});
        } else {
            world.newAgent(3, () -> Files.move(many, inHome));
        }
        Invocation invocation = new Invocation(
                "test",
                new Invocation.OwnRuntime(
                        Path.of("/nowhere"), Path.of("/nowhere"), World.noCommands(), () -> true, new Termination()),
                new OwnUser(true, (int) Files.getAttribute(world.root(), "unix:uid")),
                World.PLATFORM,
                new Boot(world.root().resolve("boot_id"), Path.of("/nowhere"), false),
                () -> Duration.ZERO,
                List.of());
        Engine engine = new Engine(world.context(), invocation, (phase, took) -> {}, World.log());
        System.out.println(engine.update().kind() + " " + Files.exists(inHome) + " " + memory());
    }

    private static String memory() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .findFirst()
                .orElse("");
    }
}
