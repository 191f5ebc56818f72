package updater.app;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.json.JsonMembers;
import updater.json.JsonText;

/**
 * How a command went, for programs: what {@code --json} prints of one that changes something, and of any that failed. A command
 * that has facts to print prints those instead.
 *
 * @param command its word on the command line; empty where none was understood
 * @param code names a refusal, as in the runbook; empty otherwise
 * @param message what happened, a sentence
 * @param advice what an operator can do; empty where there is nothing
 */
record Answer(String command, ExitCode exit, String code, String message, String advice) {
    /** Returns that of a command that did what was asked for. */
    static Answer done(Command command, String message) {
        return new Answer(command.word(), ExitCode.DONE, "", message.strip(), "");
    }

    /** Returns that of a command that failed before anything was stopped. */
    static Answer failed(String command, UpdateFailure failure) {
        return new Answer(
                command,
                ExitCode.of(failure),
                failure.code().map(RefusalCode::text).orElse(""),
                Optional.ofNullable(failure.getMessage()).orElse(""),
                failure.advice());
    }

    /** Returns whether a command line asks for it, whether the rest of it can be understood or not. */
    static boolean isAsked(List<String> arguments) {
        return arguments.contains(Option.JSON.text());
    }

    /** Returns the word of the command that is asked for, as far as that can be told. */
    static String command(List<String> arguments) {
        List<String> words = Command.words().stream().map(Command::word).toList();
        return arguments.stream()
                .filter(words::contains)
                .findFirst()
                .orElse(arguments.contains(Option.TAKE.text()) ? Command.APPLY.word() : "");
    }

    /** Returns it as it is printed. */
    String json() {
        JsonMembers members = new JsonMembers()
                .add("command", command)
                .add("exit", exit.number())
                .add("code", code)
                .add("message", message)
                .add("advice", advice);
        return new String(JsonText.pretty(members.toJson()), StandardCharsets.UTF_8);
    }

    /** Returns a refusal as a list of them has it. */
    static JsonMembers member(UpdateFailure failure) {
        return new JsonMembers()
                .add("code", failure.code().map(RefusalCode::text).orElse(""))
                .add("message", Optional.ofNullable(failure.getMessage()).orElse(""))
                .add("advice", failure.advice());
    }
}
