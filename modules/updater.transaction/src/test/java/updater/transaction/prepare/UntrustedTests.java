package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.transaction.context.Doubt;
import updater.transaction.prepare.Untrusted.Question;
import updater.transaction.prepare.Untrusted.Verdict;

/** The rule, as the table that docs/design.md describes. The agent's user is 7, a third one 8. */
final class UntrustedTests {
    @ParameterizedTest
    @CsvSource(textBlock = """
            # maker, mode, doubt, unsure, owner, privileged, outside, updater, verdict
            0, 0600, false, false, 0, true,  true,  0, PLACE
            0, 0600, false, false, 7, false, false, 0, PLACE
            0, 0644, false, true,  0, false, false, 0, COPY
            0, 0644, true,  false, 7, false, false, 0, PLACE
            0, 0640, true,  false, 7, false, false, 0, REFUSE
            0, 0644, true,  false, 0, false, false, 0, REFUSE
            0, 0644, true,  false, 7, true,  false, 0, REFUSE
            0, 0644, true,  false, 7, false, true,  0, REFUSE
            7, 0600, true,  false, 7, false, false, 0, PLACE
            7, 0600, true,  false, 0, false, false, 0, REFUSE
            7, 0600, true,  false, 8, false, false, 0, REFUSE
            7, 0600, true,  false, 7, true,  false, 0, REFUSE
            7, 0600, true,  false, 7, false, true,  0, REFUSE
            8, 0600, true,  false, 7, false, false, 0, COPY
            8, 0600, true,  false, 8, false, false, 0, PLACE
            8, 0600, true,  false, 0, false, false, 0, REFUSE
            7, 0600, true,  false, 7, false, false, 7, PLACE
            0, 0644, true,  false, 0, false, false, 7, REFUSE
            """)
    void judge(
            long maker,
            String mode,
            boolean doubted,
            boolean unsure,
            long owner,
            boolean privileged,
            boolean outside,
            long updater,
            Verdict verdict) {
        Optional<Doubt> doubt =
                doubted ? Optional.of(new Doubt(Path.of("/opt/agent"), "belongs to user id 7")) : Optional.empty();
        Question question = new Question(maker, Integer.parseInt(mode, 8), doubt, unsure, owner, privileged, outside);

        assertThat(Untrusted.judge(question, updater, 7)).isEqualTo(verdict);
    }
}
