package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.testkit.PlantedBug;

/** Holes that are planted one by one into what decides whom an update trusts, each of which the stories about it must find. */
@Tag("slow")
@EnabledIf("updater.transaction.OtherUsersTests#privileged")
final class TrustMutantTests {
    /** All of the updater is loaded anew, so that a hole may be in any module. */
    private static final String PACKAGE = "updater";

    private static final Path SOURCES = Path.of("src", "main", "java", "updater", "transaction");
    private static final String RELEASE = "../../../../../../updater.release/src/main/java/updater/release/";
    private static final String VERIFIER = RELEASE + "StatementVerifier";

    /** One hole: in which class, what is replaced, and by what. */
    enum Hole {
        OWNER_NOT_LOOKED_AT("context/Doubt", "stat.uid() != 0 && stat.uid() != self", "false"),
        WRITE_PERMISSION_OF_OTHERS_NOT_LOOKED_AT("context/Doubt", "(stat.mode() & OTHERS_WRITE) != 0", "false"),
        LEASE_NOT_TAKEN(
                "prepare/PlacedInodes",
                "doubt.isPresent() || staged.own() ? Pinned.Writers.NONE : file.writers()",
                "Pinned.Writers.NONE"),
        FILES_FOR_ROOT_FROM_ANYBODY(
                "prepare/Untrusted",
                "        return file.owner() == agent && agent != 0 && agent != user ? Verdict.COPY : Verdict.REFUSE;",
                "        return Verdict.COPY;"),
        FILES_OUTSIDE_HOME_FROM_ANYBODY(
                "prepare/Untrusted", "if (file.outside() || file.privileged()) {", "if (false) {"),
        ROOTS_SECRETS_GIVEN_AWAY("prepare/Untrusted", "(file.mode() & OTHERS_READ) != 0", "true"),
        DIRECTORY_OF_THE_UPDATER_MAY_BE_ANYBODYS(
                "backup/WorkDirectory", "|| (there.get().stat().uid() != own && !wasGivenAway(context))", "|| false"),
        WAY_TO_THE_STAGED_TREE_NOT_LOOKED_AT(
                "backup/StagedTree",
                "doubt.isPresent() ? doubt : Doubt.about(context.layout().tmp(), tmp.self(), user)",
                "doubt"),
        RELEASE_NOT_VERIFIED(
                "prepare/ReleaseCheck",
                "Optional<BelievedRelease> release = believe(claimed, state);",
                "Optional<BelievedRelease> release = Optional.empty();"),
        CONTENT_OF_FILES_NOT_COMPARED(
                "prepare/ListedFiles", "|| !Optional.of(sum.hex()).equals(entry.sha256())", "|| false"),
        FILES_THAT_ARE_NOT_LISTED("prepare/ListedFiles", "if (there[0] != listed) {", "if (false) {"),
        COUNTER_NOT_REMEMBERED(
                "context/TrustFile",
                "state.rename(StateFiles.TRUST_PENDING, state, StateFiles.TRUST);",
                "state.delete(StateFiles.TRUST_PENDING);"),
        REVOCATION_NOT_KEPT("prepare/ReleaseCheck", "            keepSeen(trust, e);\n", ""),
        SIGNATURE_NOT_CHECKED(VERIFIER, "signed.verify(0, key.get().key(), \"the key \" + key.get().describe());", ""),
        SIGNATURES_OF_ROOTS_NOT_CHECKED(
                RELEASE + "KeyList", "roots.requireSigned(signed, \"the roots of this host\");", ""),
        COUNTER_NOT_COMPARED(VERIFIER, "release.counter() < state.counter() && !allowed", "false"),
        FLOOR_NOT_COMPARED(VERIFIER, "release.counter() < state.floor()", "false"),
        EXPIRY_NOT_LOOKED_AT(VERIFIER, "!now.isBefore(release.validity().expires())", "false"),
        PRODUCT_NOT_COMPARED(VERIFIER, "!release.product().equals(host.product())", "false"),
        PLATFORM_NOT_COMPARED(VERIFIER, "!release.bundle().platform().equals(host.platform())", "false"),
        OLDER_KEY_LIST_BELIEVED(VERIFIER, "list.number() < known.number()", "false"),
        REVOKED_KEY_BELIEVED(VERIFIER, "revoked.isPresent()", "false");

        private final String type;
        private final String original;
        private final String replacement;

        Hole(String type, String original, String replacement) {
            this.type = type;
            this.original = original;
            this.replacement = replacement;
        }
    }

    @ParameterizedTest
    @EnumSource
    void stories_withAHole_findIt(Hole hole, @TempDir Path classes) throws Exception {
        PlantedBug bug = new PlantedBug(SOURCES.resolve(hole.type + ".java"), hole.original, hole.replacement);

        try (URLClassLoader mutated = bug.load(PACKAGE, classes)) {
            assertThat(found(mutated)).isTrue();
        }
    }

    @Test
    void stories_withoutAHole_areQuiet(@TempDir Path classes) throws Exception {
        try (URLClassLoader unchanged = PlantedBug.classes(PACKAGE, classes)) {
            assertThatCode(() -> probe(unchanged)).doesNotThrowAnyException();
        }
    }

    private static boolean found(ClassLoader loader) throws Exception {
        try {
            probe(loader);
            return false;
        } catch (InvocationTargetException e) {
            // A story that cannot even read what it expects fails, too.
            return true;
        }
    }

    private static void probe(ClassLoader loader) throws Exception {
        Method run = loader.loadClass("updater.transaction.TrustProbe").getDeclaredMethod("run");
        run.setAccessible(true);
        run.invoke(null);
    }
}
