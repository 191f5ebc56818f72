package updater.packaging;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One version of the sample agent, as {@code src/sample-agent/make-tree} writes it; a value, each method returns another one. */
record SampleAgent(String version, String name, String home, List<String> options) {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** The names the BindPlane agent has. */
    static final String BINDPLANE = "observiq-otel-collector";

    static final String BINDPLANE_HOME = "/opt/" + BINDPLANE;
    static final String BINDPLANE_UNIT = BINDPLANE + ".service";

    SampleAgent {
        options = List.copyOf(options);
    }

    /** Returns an agent under BindPlane's names that reports every install that is its own version as installed, at once. */
    static SampleAgent bindplane(String version) {
        return new SampleAgent(version, BINDPLANE, BINDPLANE_HOME, List.of());
    }

    /** Says where the unit runs it. */
    SampleAgent at(String otherHome) {
        return new SampleAgent(version, name, otherHome, options);
    }

    /** Adds a line to the behaviour file; the head of {@code src/sample-agent/agent} lists them. */
    SampleAgent behaving(String line) {
        return with("--behaviour", line);
    }

    SampleAgent killMode(String mode) {
        return with("--kill-mode", mode);
    }

    SampleAgent unitType(String type) {
        return with("--unit-type", type);
    }

    /** Adds a line to the unit's [Service] section; a comment makes the unit differ and mean the same. */
    SampleAgent unitLine(String line) {
        return with("--unit-line", line);
    }

    /** Adds a line to the init scripts; a comment makes them differ and mean the same. */
    SampleAgent scriptLine(String line) {
        return with("--script-line", line);
    }

    /** Gives it a definition for the service manager {@code process}. */
    SampleAgent asProcess() {
        return with("--process");
    }

    /** Makes it the program in Java of {@code src/sample-java-agent}, run by the JVM's own Java. */
    SampleAgent inJava() {
        Path jars = sources().resolveSibling("sample-java-agent").resolve("target/lib");
        return with("--jars", jars.toString(), "--java-home", System.getProperty("java.home"));
    }

    SampleAgent withoutInstall() {
        return with("--no-install");
    }

    private SampleAgent with(String... more) {
        List<String> longer = new ArrayList<>(options);
        longer.addAll(List.of(more));
        return new SampleAgent(version, name, home, longer);
    }

    /** Writes an installation into a new directory and returns that directory. */
    Path writeHome(Path directory) {
        return write(directory, List.of());
    }

    /** Writes what a bundle holds of the agent into a new directory and returns that directory; updater and runtime are not part of it. */
    Path writeBundleTree(Path directory) {
        return write(directory, List.of("--bundle"));
    }

    private Path write(Path directory, List<String> more) {
        List<String> command = new ArrayList<>(List.of(
                "sh",
                sources().resolve("make-tree").toString(),
                "--version",
                version,
                "--package",
                name,
                "--home",
                home));
        command.addAll(options);
        command.addAll(more);
        command.add(directory.toAbsolutePath().toString());
        Command.run(LIMIT, command).ok();
        return directory;
    }

    /** Surefire's name for the module's directory; without it, tests run in that directory. */
    private static Path sources() {
        return Path.of(System.getProperty("basedir", ""))
                .resolve("src/sample-agent")
                .toAbsolutePath();
    }
}
