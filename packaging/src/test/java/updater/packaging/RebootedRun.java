package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.api.VendorCommands;
import updater.api.VendorCommands.Migration;
import updater.api.conformance.ProductEdit;
import updater.app.Program;
import updater.state.document.ProductJson;
import updater.testkit.TreeSnapshot;

/**
 * One {@link SweptRun} in a box, of an agent whose vendor has hooks run, migrates the operator's configuration and has versions
 * on probation. It can be stopped within what the vendor has run, for the power to go there.
 */
final class RebootedRun {
    /** What the vendor has run. */
    enum Step {
        MIGRATE,
        BEFORE_STOP,
        AFTER_START,
        AFTER_ROLLBACK;

        String text() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    static final String GUARD = SampleAgent.BINDPLANE + "-updater-guard";

    private static final String CONFIG = "config.yaml";
    private static final String PROBATION = InstalledAgent.STATE + "/probation";
    private static final String JOURNAL = InstalledAgent.STATE + "/journal";
    private static final String RAN = "/srv/hooks.log";
    private static final String WITHIN = "/srv/within";
    private static final Duration BOUND = Duration.ofSeconds(20);
    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** Sleeps for a time that no other process does, where the power is to go within it. */
    private static final String PROGRAM = """
            #!/bin/sh
            [ STEP = migrate ] || echo STEP >>%s
            [ "$(cat %s 2>/dev/null)" != STEP ] || exec sleep 61.25
            [ STEP != migrate ] || sed 's/old/new/' "$1"
            """.formatted(RAN, WITHIN);

    private static final List<String> WITHIN_STEP = List.of("pgrep", "-x", "-f", "sleep 61.25");

    private final Box box;
    private final SweptRun run;
    private final BoxedUpdate scenario;
    private final BoxedUpdate.Offer offer;
    private final Path bundle;
    private final TreeSnapshot before;
    private @Nullable Process process;

    private RebootedRun(
            Box box, SweptRun run, BoxedUpdate scenario, BoxedUpdate.Offer offer, Path bundle, TreeSnapshot before) {
        this.box = box;
        this.run = run;
        this.scenario = scenario;
        this.offer = offer;
        this.bundle = bundle;
        this.before = before;
    }

    /** The bundles of version v2, each written once: what takes longest is compressing the runtime. */
    static final class Offers {
        private final Bundles bundles;
        private final Path scratch;
        private final Map<SweptRun, Path> written = new EnumMap<>(SweptRun.class);

        Offers(Bundles bundles, Path scratch) {
            this.bundles = bundles;
            this.scratch = scratch;
        }

        private static SampleAgent offered(SweptRun run) {
            SampleAgent v2 = SampleAgent.bindplane("v2");
            return run == SweptRun.FAILING_UPDATE ? v2.behaving("report failed") : v2;
        }

        private Path bundle(SweptRun run, BoxedUpdate.Offer offer) {
            SweptRun like = run == SweptRun.FAILING_UPDATE ? run : SweptRun.UPDATE;
            return written.computeIfAbsent(like, any -> write(offer, scratch.resolve(like + ".tar.gz")));
        }

        private Path write(BoxedUpdate.Offer offer, Path bundle) {
            try {
                for (Step step : Step.values()) {
                    Path directory = offer.tree().resolve(step == Step.MIGRATE ? "lib" : "updater-hooks");
                    Path program = Files.createDirectories(directory).resolve(step.text());
                    Files.writeString(program, PROGRAM.replace("STEP", step.text()));
                    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
                Path file = Files.write(scratch.resolve("product.json"), ProductJson.write(product()));
                return Bundles.write(offer.tree(), bundles.runtimeTree(), file, bundle);
            } catch (IOException | UpdateFailure e) {
                throw new AssertionError(e);
            }
        }

        private static Product product() throws IOException, UpdateFailure {
            Product product;
            try (InputStream builtIn = Program.class.getResourceAsStream("bindplane.json")) {
                product = ProductJson.read(builtIn.readAllBytes(), "built in");
            }
            Migration migration = new Migration(CONFIG, command("[STAGED]lib/migrate", "[INSTALLDIR]" + CONFIG));
            return ProductEdit.of(product)
                    .probation(Duration.ofHours(1))
                    .commands(new VendorCommands(
                            List.of(),
                            List.of(command("[HOOKS]before-stop")),
                            List.of(command("[HOOKS]after-start")),
                            List.of(command("[HOOKS]after-rollback")),
                            List.of(migration)))
                    .product();
        }

        private static Probe.Command command(String... words) {
            return new Probe.Command(List.of(words), BOUND);
        }
    }

    /** Brings the box to where the run begins; the log and what tells of hooks are empty. */
    static RebootedRun prepare(Box box, Bundles bundles, Offers offers, SweptRun run) {
        SampleAgent v1 = SampleAgent.bindplane("v1");
        Path own;
        try {
            own = Files.createTempDirectory(offers.scratch, "run");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        BoxedUpdate scenario = BoxedUpdate.install(
                box, bundles, own, run == SweptRun.FAILING_ROLLBACK ? v1.behaving("report failed") : v1);
        box.write(scenario.agent().inHome(CONFIG), "receivers: old\n", "rw-r-----");
        BoxedUpdate.Offer offer = scenario.offer(Offers.offered(run));
        Path bundle = offers.bundle(run, offer);
        if (run.backwards()) {
            EndedUpdate ended = scenario.update(offer, bundle);
            assertThat(ended.after().version()).as(ended.log()).isEqualTo("v2");
            assertThat(box.exists(PROBATION)).as(ended.log()).isTrue();
        }
        if (run == SweptRun.FAILED_PROBATION) {
            box.exec("sed", "-i", "s/\"verdict\":\"\"/\"verdict\":\"its probe does not hold\"/", PROBATION)
                    .ok();
        }
        box.exec("rm", "-f", RAN, WITHIN, scenario.agent().inHome("log/updater.log"))
                .ok();
        return new RebootedRun(box, run, scenario, offer, bundle, shape(scenario));
    }

    /** Home without times: what is the same in every installation of one version. */
    private static TreeSnapshot shape(BoxedUpdate scenario) {
        Map<String, TreeSnapshot.Entry> entries = new TreeMap<>(
                HostState.of(scenario.box(), scenario.agent()).home().entries());
        entries.replaceAll((name, entry) -> entry.withoutOtherNames().at(FileTime.fromMillis(0)));
        return TreeSnapshot.of(entries);
    }

    TreeSnapshot before() {
        return before;
    }

    TreeSnapshot now() {
        return shape(scenario);
    }

    String log() {
        return scenario.updaterLog();
    }

    int lines() {
        return (int) log().lines().count();
    }

    /** Lets the run come to the vendor's step, and no further. */
    void stopWithin(Step step) {
        box.write(WITHIN, step.text() + "\n", "rw-r--r--");
    }

    boolean isWithin() {
        return box.exec(WITHIN_STEP.toArray(String[]::new)).exit() == 0;
    }

    void start() {
        box.exec("sync");
        if (!run.backwards()) {
            long updater = scenario.start(offer.agent().version(), bundle);
            process = box.start(Map.of(), "tail", "--pid=" + updater, "-f", "/dev/null");
        } else if (run == SweptRun.FAILED_PROBATION) {
            process = box.start(Map.of(), "systemctl", "start", GUARD + ".service");
        } else {
            process = box.start(Map.of(), scenario.agent().inHome("updater"), "rollback");
        }
    }

    boolean isOver() {
        return !Objects.requireNonNull(process).isAlive();
    }

    /** The power goes, and comes back; then the agent and its updaters have come to rest. */
    void cutPower() {
        box.cutPower();
        // Before the guard is armed nothing is touched, and what was prepared waits for the next updater.
        boolean guarded = run.backwards() || log().contains("request stop");
        try {
            Files.deleteIfExists(box.at(WITHIN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        box.powerOn();
        Await.until(
                LIMIT,
                () -> "the agent is up, and nothing is unfinished:\n" + log() + box.journal(),
                () -> box.show(InstalledAgent.UNIT, "ActiveState").equals("active")
                        && !scenario.agent().runningVersion().isEmpty()
                        && !(guarded && isUnfinished()));
        if (!guarded) {
            scenario.updater("recover");
        }
    }

    /** The power goes, and with it what would come to finish the run. */
    void cutPowerAndLoseTheGuard() {
        box.cutPower();
        Command.run(
                        LIMIT,
                        "sh",
                        "-c",
                        "rm -rf \"$1\"/etc/systemd/system/*-updater* \"$1\"/etc/systemd/system/*/*-updater*",
                        "rm",
                        box.root().toString())
                .ok();
        box.powerOn();
        scenario.agent().awaitRunning(run.to());
    }

    /** A recovery at boot leaves the last of its work to the guard's next turn, which nobody waits for. */
    private boolean isUnfinished() {
        if (box.exists(JOURNAL)) {
            box.exec("systemctl", "start", GUARD + ".service");
        }
        return box.exists(JOURNAL);
    }

    /** The clock of the probation is set back, so that a way back that came to nothing is due once more. */
    void comeAgainLater() {
        box.exec("rm", "-f", RAN);
        box.exec("sed", "-i", "s/\"looked_at\":\"20/\"looked_at\":\"19/", PROBATION);
        box.exec("systemctl", "start", GUARD + ".service");
        scenario.agent().awaitRunning("v1");
        Await.until(LIMIT, () -> "the way back is finished:\n" + log(), () -> !isUnfinished());
    }

    /** Fails with what is wrong of a run that has ended, and returns whether its version is in place rather than the one before. */
    boolean judge(String what, TreeSnapshot after) {
        TreeSnapshot home = now();
        String version = scenario.agent().runningVersion();
        boolean done = version.equals(run.to()) && home.changesSince(after).isEmpty() && !run.failing;
        if (!done) {
            assertThat(home.changesSince(before))
                    .as(what + ": home is neither as it was, nor: " + home.changesSince(after) + "\n" + log())
                    .isEmpty();
            assertThat(version).as(what + "\n" + log()).isEqualTo(run.from());
        }
        assertThat(box.exists(JOURNAL)).as(what).isFalse();
        assertGuard(what, version.equals("v2"));
        Set<String> ran = box.exists(RAN) ? Set.copyOf(box.read(RAN).lines().toList()) : Set.of();
        Set<String> failed = Set.of("before-stop", "after-rollback");
        if (done) {
            assertThat(ran).as(what + "\n" + log()).isEqualTo(Set.of("before-stop", "after-start"));
        } else if (log().contains("request stop")) {
            assertThat(ran).as(what + "\n" + log()).isEqualTo(failed);
        } else {
            assertThat(ran).as(what + "\n" + log()).isSubsetOf(failed);
        }
        return done;
    }

    /** A version on probation is looked at, and no other one is. */
    private void assertGuard(String what, boolean probation) {
        if (probation) {
            assertThat(box.exists(PROBATION)).as(what + "\n" + log()).isTrue();
            assertThat(box.show(GUARD + ".timer", "ActiveState")).as(what).isEqualTo("active");
        } else {
            assertThat(box.exists(PROBATION)).as(what + "\n" + log()).isFalse();
            assertThat(box.init().guardTraces(box)).as(what).isEmpty();
        }
    }
}
