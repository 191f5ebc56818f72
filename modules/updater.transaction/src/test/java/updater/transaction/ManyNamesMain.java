package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import updater.processes.Boot;
import updater.transaction.context.Invocation;
import updater.transaction.context.OwnUser;
import updater.transaction.context.Termination;
import updater.transaction.world.FakeService;
import updater.transaction.world.World;

/**
 * An update in a process of its own, which has as little memory as the packaged updater: the directory given is moved into
 * home, {@code before} the update or by the {@code new} agent before it fails. Prints the outcome, whether the directory is there,
 * the most memory that the process had, in KiB, and how many full collections there were while no agent ran, by the log that the virtual machine writes of them.
 */
final class ManyNamesMain {
    private static Path collected = Path.of("/nowhere");
    private static long atStop;
    private static long whileDown;

    private ManyNamesMain() {}

    public static void main(String[] arguments) throws Exception {
        Path many = Path.of(arguments[1]);
        World world = World.plain(Path.of(arguments[0]));
        Path inHome = world.home("data");
        collected = Path.of(arguments[3]);
        world.service.onFirstStop = () -> {};
        if (arguments[2].equals("before")) {
            Files.move(many, inHome);
            world.newAgent(3, () -> {});
        } else {
            world.newAgent(3, () -> Files.move(many, inHome));
        }
        world.service.onStop = () -> atStop = collections();
        FakeService.Deed starting = world.service.onStart;
        world.service.onStart = () -> {
            whileDown += collections() - atStop;
            starting.run();
        };
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
        System.out.println(engine.update().kind() + " " + Files.exists(inHome) + " " + memory() + " " + whileDown);
    }

    /** The log of them tells: the beans of the JDK would be a tenth of the memory. */
    private static long collections() throws IOException {
        try (Stream<String> lines = Files.lines(collected)) {
            return lines.filter(line -> line.contains("Pause Full")).count();
        }
    }

    private static String memory() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .map(line -> line.replaceAll("\\D+", ""))
                .findFirst()
                .orElse("");
    }
}
