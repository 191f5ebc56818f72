package updater.app;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The completion of the command line by a shell, made from the commands and options that there are. */
final class Completion {
    /** The shells that there is one for. */
    static final List<String> SHELLS = List.of("bash", "zsh");

    private Completion() {}

    /** Returns the script that a shell reads. */
    static String of(String shell) {
        // zsh reads completions of bash once it is told to.
        String head = shell.equals("zsh") ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
        String commands = Command.words().stream().map(Command::word).collect(Collectors.joining(" "));
        StringBuilder choices = new StringBuilder();
        for (Command command : Command.words()) {
            choices.append("        ")
                    .append(command.word())
                    .append(") choices='")
                    .append(options(command))
                    .append("' ;;\n");
        }
        return head
                + """
                _updater() {
                    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' each choices
                    case $before in
                        --home | --from) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
                        --product | --release) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
                        --service-manager | --reason | --until | allow-downgrade) return ;;
                        completion) mapfile -t COMPREPLY < <(compgen -W 'bash zsh' -- "$word") && return ;;
                    esac
                    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                        case " COMMANDS " in
                            *" $each "*) command=$each && break ;;
                        esac
                    done
                    case $command in
                        '') choices='COMMANDS UPDATE --help --version' ;;
                        apply | plan) [[ $word == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$word") && return; } ;;&
                CHOICES        *) choices='' ;;
                    esac
                    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
                }
                complete -o filenames -F _updater updater
                """.replace("COMMANDS", commands)
                        .replace("UPDATE", options(Command.UPDATE))
                        .replace("CHOICES", choices);
    }

    private static String options(Command command) {
        return Stream.concat(
                        Option.forPeople().stream().filter(command::goesWith).map(Option::text), Stream.of("--help"))
                .filter(text -> command != Command.UPDATE || !text.equals(Option.JSON.text()))
                .distinct()
                .collect(Collectors.joining(" "));
    }
}
