package updater.service.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import updater.api.service.ServiceAccount;

/**
 * The account that an installed init script runs its service as, as far as the script can be understood without running it.
 *
 * @param installed the script, with the variables that it sets
 */
record ScriptAccount(String installed, ScriptVariables variables) {
    private static final String NAME = "([A-Za-z0-9_][A-Za-z0-9_.@-]*\\$?)";

    /** What init scripts call it; OpenRC's own is {@code command_user}, which may have the group behind a colon. */
    private static final List<String> USERS = List.of(
            "command_user",
            "DAEMON_USER",
            "DAEMONUSER",
            "SERVICE_USER",
            "AGENT_USER",
            "RUN_AS_USER",
            "RUN_AS",
            "RUNAS",
            "RUN_USER",
            "RUNUSER",
            "USER",
            "user");

    private static final List<String> GROUPS = List.of(
            "DAEMON_GROUP",
            "DAEMONGROUP",
            "SERVICE_GROUP",
            "AGENT_GROUP",
            "RUN_AS_GROUP",
            "RUN_GROUP",
            "GROUP",
            "group");

    /** As start-stop-daemon(8) and the function {@code daemon} of the older Red Hat are told. */
    private static final Pattern OPTION = Pattern.compile("\\s(?:--chuid|--user|-c)[= ][\"']?([^\\s\"']+)");

    static ScriptAccount of(String installed, String service) {
        return new ScriptAccount(installed, ScriptVariables.of(installed, service));
    }

    /**
     * Returns the account: what the script has where the template has a placeholder; else what it calls its user; else whom
     * its service runs as now; else root.
     */
    ServiceAccount of(String template, Optional<ServiceAccount> running) {
        Optional<String> said = named();
        Optional<String> user = inPlaceOf("[USER]", template)
                .or(() -> said.map(name -> name.split(":", 2)[0]))
                .or(() -> running.map(ServiceAccount::user));
        Optional<String> group = inPlaceOf("[GROUP]", template)
                .or(() -> said.filter(name -> name.contains(":")).map(name -> name.split(":", 2)[1]))
                .or(() -> variables.value(GROUPS))
                .or(() -> running.map(ServiceAccount::group))
                .or(() -> user);
        return new ServiceAccount(user.orElse(ServiceAccount.ROOT.user()), group.orElse(ServiceAccount.ROOT.group()));
    }

    private Optional<String> named() {
        return variables
                .value(USERS)
                .or(() -> OPTION.matcher(installed)
                        .results()
                        .map(match -> variables.expand(match.group(1)))
                        .filter(name -> !name.isEmpty())
                        .findFirst())
                .filter(name -> name.matches(NAME + "(:" + NAME + ")?"));
    }

    /** Returns the name that stands in the installed script where the template has a placeholder, in a line alike. */
    private Optional<String> inPlaceOf(String placeholder, String template) {
        return template.lines()
                .filter(line -> line.contains(placeholder))
                .flatMap(line ->
                        pattern(line, placeholder).matcher(installed).results().map(match -> match.group("name")))
                .findFirst();
    }

    private static Pattern pattern(String line, String placeholder) {
        List<String> parts = new ArrayList<>();
        Matcher each = Pattern.compile("\\[USER]|\\[GROUP]").matcher(line);
        int from = 0;
        boolean first = true;
        while (each.find()) {
            parts.add(Pattern.quote(line.substring(from, each.start())));
            boolean named = each.group().equals(placeholder);
            parts.add(!named ? NAME : first ? "(?<name>" + NAME + ")" : "\\k<name>");
            first &= !named;
            from = each.end();
        }
        parts.add(Pattern.quote(line.substring(from)));
        return Pattern.compile("(?m)^" + String.join("", parts) + "$");
    }
}
