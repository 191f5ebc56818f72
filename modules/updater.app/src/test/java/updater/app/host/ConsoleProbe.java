package updater.app.host;

import java.time.Duration;

/** A process that has progress to show, for {@link LiveLineTests} to run on a terminal and elsewhere. */
public final class ConsoleProbe {
    private ConsoleProbe() {}

    /** Takes nothing. */
    public static void main(String[] arguments) {
        Console console = Console.ofThisProcess();
        console.phaseBegins("install");
        console.filesDone(1, 2);
        console.phaseDone("install", Duration.ofMillis(12));
        console.bytesDone(12_300_000, 250_000_000);
        console.settle();
        console.print("done");
    }
}
