package updater.app;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import updater.app.DoctorCommand.Finding;
import updater.app.DoctorCommand.Findings;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonText;
import updater.transaction.context.CheckResult;

/** What {@code doctor} found, for programs. */
final class DoctorJson {
    private DoctorJson() {}

    /** Returns the text to print. */
    static String of(Findings found) {
        JsonMembers members = new JsonMembers()
                .add("exit", found.exit().number())
                .add("product", found.product().name())
                .add("product_origin", found.where().descriptor())
                .add("home", found.where().home())
                .add("state_directory", found.where().state())
                .add("runtime", found.where().runtime().toString())
                .add("service_manager", found.providers().chosen().orElse(""))
                .add(
                        "service_managers",
                        all(found.providers().findings().stream()
                                .map(DoctorJson::manager)
                                .toList()))
                .add(
                        "checks",
                        all(found.checks().stream().map(DoctorJson::check).toList()))
                .addTexts("releases", found.releases())
                .add(
                        "refusals",
                        all(found.problems().stream().map(Answer::member).toList()));
        found.now().status().ifPresent(now -> members.add("now", now));
        found.where().previous().ifPresent(version -> members.add("previous", PreviousText.json(version)));
        return new String(JsonText.pretty(members.toJson()), StandardCharsets.UTF_8);
    }

    private static Json all(List<JsonMembers> members) {
        return new Json.Elements(members.stream().<Json>map(JsonMembers::toJson).toList());
    }

    private static JsonMembers manager(Finding finding) {
        return new JsonMembers()
                .add("name", finding.provider())
                .add("fit", finding.detection().fit().name().toLowerCase(Locale.ROOT))
                .add("reason", finding.detection().reason());
    }

    private static JsonMembers check(CheckResult check) {
        JsonMembers members = new JsonMembers()
                .add("name", check.name())
                .add("subject", check.subject())
                .add("answer", check.refusal().isPresent() ? "refused" : check.asked() ? "passed" : "not asked");
        check.refusal().ifPresent(failure -> members.add("refusal", Answer.member(failure)));
        return members.addTexts("warnings", check.warnings());
    }
}
