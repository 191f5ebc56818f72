package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import updater.testkit.TreeSnapshot;

/** An agent that is installed in a box, and updates of it. */
final class BoxedUpdate {

    private static final String BUNDLE = "/srv/update.tar.gz";
    private static final Duration STARTING = Duration.ofSeconds(30);
    private static final Duration UPDATING = Duration.ofSeconds(120);
    private static final Pattern STARTED = Pattern.compile("started updater (\\d+)");

    private final Box box;
    private final Bundles bundles;
    private final Path scratch;
    private final InstalledAgent agent;

    private BoxedUpdate(Box box, Bundles bundles, Path scratch, InstalledAgent agent) {
        this.box = box;
        this.bundles = bundles;
        this.scratch = scratch;
        this.agent = agent;
    }

    static BoxedUpdate install(Box box, Bundles bundles, Path scratch, SampleAgent old) {
        return new BoxedUpdate(box, bundles, scratch, InstalledAgent.install(box, old, scratch));
    }

    InstalledAgent agent() {
        return agent;
    }

    Box box() {
        return box;
    }

    /** Lets the running agent update to another version, and returns when the updater has ended. */
    EndedUpdate update(SampleAgent offered) {
        return update(new Offer(offered, tree(offered)));
    }

    /**
     * A bundle to be.
     *
     * @param tree its agent files, which may be changed
     */
    record Offer(SampleAgent agent, Path tree) {}

    /** Writes the agent files of a bundle, for changing them before {@link #update(Offer)}. */
    Offer offer(SampleAgent offered) {
        return new Offer(offered, tree(offered));
    }

    /** Makes a bundle and unpacks it, without starting anything. */
    Offer staged(SampleAgent offered) {
        Offer offer = offer(offered);
        stage(bundle(offer));
        return offer;
    }

    EndedUpdate update(Offer offer) {
        return update(offer, bundle(offer));
    }

    EndedUpdate update(Offer offer, Path bundle) {
        HostState before = HostState.of(box, agent);
        long updater = start(offer.agent().version(), bundle);
        awaitEnd(updater);
        return ended(offer, before, OptionalInt.empty());
    }

    /** Lets the running agent unpack a bundle and start its updater; returns the updater's PID in the box. */
    long start(String version, Path bundle) {
        put(bundle);
        String earlier = agent.agentLog();
        agent.offerUpdate(BUNDLE, version);
        Await.until(
                STARTING,
                () -> "the agent starts an updater:\n" + agent.agentLog(),
                () -> STARTED.matcher(agent.agentLog().substring(earlier.length()))
                        .find());
        Matcher started = STARTED.matcher(agent.agentLog().substring(earlier.length()));
        if (!started.find()) {
            throw new AssertionError("found a moment ago");
        }
        return Long.parseLong(started.group(1));
    }

    /** Unpacks a bundle as the agent does it, without starting anything. */
    void stage(Path bundle) {
        put(bundle);
        box.exec("sh", "-c", """
                set -e
                cd "$1"
                rm -rf tmp
                mkdir -p tmp/latest
                tar -xzf "$2" --no-same-owner --no-same-permissions -C tmp/latest
                cp tmp/latest/updater updater
                chmod 0700 updater
                """, "stage", agent.inHome(""), BUNDLE).ok();
    }

    /** Stages a bundle and starts its updater as an operator does, from a shell outside the service. */
    EndedUpdate updateByHand(Offer offer) {
        stage(bundle(offer));
        return runByHand(offer);
    }

    /** Starts the updater of what is staged, as an operator does, from a shell outside the service. */
    EndedUpdate runByHand(Offer offer) {
        HostState before = HostState.of(box, agent);
        Command.Result result = box.exec(UPDATING, "sh", "-c", "cd \"$1\" && exec ./updater", "run", agent.inHome(""));
        return ended(offer, before, OptionalInt.of(result.exit())).withOutput(result.out() + result.err());
    }

    /** Writes the status file, the mode as {@code rw-r--r--}. */
    void writeStatus(String json, String mode) {
        box.write(agent.inHome("package_statuses.json"), json, mode);
    }

    /** Returns a status file's content as the agent writes it while v2 is to replace v1. */
    static String status(int status) {
        return """
                {"all_packages_hash":"YWxs","all_error_message":"","package_states":{"observiq-otel-collector":\
                {"name":"observiq-otel-collector","agent_version":"v1","agent_hash":"b2xk","server_version":"v2",\
                "server_hash":"bmV3","status":%d,"error_message":""}}}
                """.formatted(status);
    }

    /** Runs the launcher in home as an operator does. */
    Command.Result updater(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = agent.inHome("updater");
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return box.exec(command);
    }

    /** Recovers with a launcher and runtime from elsewhere, as an operator does when the agent has deleted those in home. */
    Command.Result recover(Path runtimeTree) {
        box.place(runtimeTree, "/srv/updater");
        Command.Result result = box.exec("/srv/updater/updater", "recover", "--home", home());
        box.exec("rm", "-rf", "/srv/updater").ok();
        return result;
    }

    private String home() {
        return Path.of(agent.inHome("")).toString();
    }

    void awaitEnd(long updater) {
        Await.until(
                UPDATING,
                () -> "the updater ends; its log:\n" + updaterLog(),
                () -> !Files.exists(box.live("/proc/" + updater)));
    }

    EndedUpdate ended(Offer offer, HostState before, OptionalInt exit) {
        return new EndedUpdate(
                box, agent, before, HostState.of(box, agent), TreeSnapshot.of(offer.tree()), exit, updaterLog(), "");
    }

    String updaterLog() {
        return agent.readOr("log/updater.log", "");
    }

    /** Returns the bundle of an offer. */
    Path bundle(Offer offer) {
        return bundles.write(offer.tree(), scratch.resolve("update.tar.gz"));
    }

    private Path tree(SampleAgent offered) {
        Path tree = scratch.resolve("bundle-" + offered.version());
        Command.run(STARTING, List.of("rm", "-rf", tree.toString())).ok();
        return offered.writeBundleTree(tree);
    }

    private void put(Path bundle) {
        try {
            Files.createDirectories(box.at("/srv"));
            Files.copy(bundle, box.at(BUNDLE), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
