package updater.transaction.context;

import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;

/**
 * What a check of the preflight found.
 *
 * @param name what the check is called
 * @param subject what it looks at
 * @param asked whether it was asked; not where it needs a staged tree and there is none
 * @param warnings what an operator should know although it is no reason to refuse
 * @param refusal why an update would be refused
 */
public record CheckResult(
        String name, String subject, boolean asked, List<String> warnings, Optional<UpdateFailure> refusal) {
    public CheckResult {
        warnings = List.copyOf(warnings);
    }
}
