package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.state.document.Hold;
import updater.testkit.TreeSnapshot;
import updater.transaction.context.CheckResult;
import updater.transaction.context.HoldFile;
import updater.transaction.context.PlanPreview;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** What an update would do is what it does, and looking changes nothing. */
final class PlanPreviewTests {
    private World world;

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world")),
                Definition.OUTSIDE_FIRST,
                product -> product,
                context -> context);
        world.write("home/lib/same.so", "same", 0644);
        world.write("home/tmp/latest/lib/same.so", "same", 0644);
        world.write("home/lib/old.so", "old", 0644);
        world.write("home/tmp/latest/lib/old.so", "new", 0644);
        world.write("home/tmp/latest/lib/new.so", "brand new", 0644);
        world.write("jmx.jar", "old jar", 0604);
        world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
    }

    private static Optional<RefusalCode> refusal(PlanPreview plan) {
        return plan.checks().stream()
                .flatMap(check -> check.refusal().stream())
                .findFirst()
                .flatMap(UpdateFailure::code);
    }

    @Test
    void plan_namesWhatTheUpdateDoes_andChangesNothing() throws Exception {
        TreeSnapshot before = TreeSnapshot.of(world.root(), path -> false);

        PlanPreview plan = world.plan();

        assertThat(TreeSnapshot.of(world.root(), path -> false).changesSince(before))
                .isEmpty();
        assertThat(world.service.calls()).doesNotContain("stop", "arm");
        assertThat(refusal(plan)).isEmpty();
        assertThat(plan.files().replaced().first()).containsExactlyInAnyOrder("agent", "jmx.jar", "lib/old.so");
        assertThat(plan.files().added().first()).containsExactly("lib/new.so");
        assertThat(plan.files().preserved().first()).containsExactly("config.yaml");
        assertThat(plan.files().unchanged()).isEqualTo(1);
        assertThat(plan.definition()).isEqualTo(PlanPreview.Definition.BEFORE_THE_STOP);
        assertThat(plan.services()).startsWith("agent.service");

        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.failure)
                .contains("\"replaced\": " + plan.files().replaced().count())
                .contains("\"added\": " + plan.files().added().count())
                .contains("\"unchanged\": " + plan.files().unchanged())
                .contains("\"preserved\": " + plan.files().preserved().count())
                .contains("\"bytes\": " + plan.files().bytes());
    }

    @Test
    void plan_replacedFileIsALink_saysWhereItLeads_asTheUpdateDoes() throws Exception {
        Path elsewhere = Files.writeString(world.root().resolve("elsewhere"), "another agent's");
        Path link = world.home("lib/old.so");
        Files.delete(link);
        Files.createSymbolicLink(link, elsewhere);

        PlanPreview plan = world.plan();

        assertThat(plan.files().replaced().first()).contains("lib/old.so");
        assertThat(plan.checks())
                .flatMap(CheckResult::warnings)
                .singleElement()
                .asString()
                .contains("takes the place of a link", "lib/old.so -> " + elsewhere);
        String said = plan.checks().stream()
                .flatMap(check -> check.warnings().stream())
                .findFirst()
                .orElseThrow();
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.failure).contains(said);
    }

    /** Whoever made it, the link may be how another agent on this host finds the file: the updater replaces nothing there. */
    @Test
    void plan_outsideFileIsALink_saysThatItIsLeftAlone_asTheUpdateDoes() throws Exception {
        Path elsewhere = Files.writeString(world.root().resolve("elsewhere"), "another agent's");
        Path link = world.root().resolve("jmx.jar");
        Files.delete(link);
        Files.createSymbolicLink(link, elsewhere);

        PlanPreview plan = world.plan();

        String said = plan.checks().stream()
                .flatMap(check -> check.warnings().stream())
                .findFirst()
                .orElseThrow();
        assertThat(said)
                .contains("a link is left alone", link + " -> " + elsewhere, world.home("jmx.jar") + " instead");
        assertThat(plan.files().added().first()).contains("jmx.jar");
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.failure).contains(said);
        assertThat(Files.readSymbolicLink(link)).isEqualTo(elsewhere);
        assertThat(elsewhere).hasContent("another agent's");
        assertThat(world.home("jmx.jar")).hasContent("new jar");
    }

    @Test
    void plan_serviceThatCouldNotBeStartedAgain_saysSo_withAndWithoutATree() throws Exception {
        world.service.unmended = Optional.of("of its command, /bin/none is not there");
        assertThat(refusal(world.plan())).contains(RefusalCode.SERVICE_BROKEN);

        world.service.broken = world.service.unmended;
        world.service.unmended = Optional.empty();
        assertThat(refusal(world.plan())).isEmpty();
        World.remove(world.layout().staged());
        assertThat(refusal(world.plan())).contains(RefusalCode.SERVICE_BROKEN);
    }

    @Test
    void plan_ofWhatWouldBeRefused_saysSo() throws Exception {
        new HoldFile(world.context().disk(), world.layout())
                .hold(new Hold(world.clock.now(), Optional.empty(), "freeze"));

        assertThat(refusal(world.plan())).contains(RefusalCode.HELD);
    }

    @Test
    void plan_nothingIsStaged_asksWhatNeedsNoTree() throws Exception {
        World.remove(world.layout().staged());

        PlanPreview plan = world.plan();

        assertThat(plan.files()).isEqualTo(PlanPreview.Files.NONE);
        assertThat(plan.checks()).anyMatch(check -> !check.asked());
    }
}
