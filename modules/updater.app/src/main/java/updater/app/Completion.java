package updater.app;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The completion of the command line by a shell, made from the commands and options that there are. */
final class Completion {
    /** The shells that there is one for. */
    static final List<String> SHELLS = List.of("bash", "zsh");

    private Completion() {}

    private static final String BASH = """
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
                    '') choices='COMMANDS UPDATE --version' ;;
                    apply | plan) [[ $word == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$word") && return; } ;;&
            CHOICES        *) choices='' ;;
                esac
                mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
            }
            complete -o filenames -F _updater updater
            """;

    /** As a file {@code _updater} where zsh looks for functions it is the function itself. */
    private static final String ZSH = """
            #compdef updater
            _updater() {
                local word=${words[CURRENT]} before=${words[CURRENT - 1]} command='' each choices
                case $before in
                    --home | --from) _path_files -/ && return ;;
                    --product | --release) _path_files && return ;;
                    --service-manager | --reason | --until | allow-downgrade) return ;;
                    completion) compadd -- bash zsh && return ;;
                esac
                for each in "${(@)words[2,CURRENT - 1]}"; do
                    case " COMMANDS " in
                        *" $each "*) command=$each && break ;;
                    esac
                done
                case $command in
                    '') choices='COMMANDS UPDATE --version' ;;
                    apply | plan) [[ $word == -* ]] || { _path_files && return } ;|
            CHOICES        *) choices='' ;;
                esac
                compadd -- ${=choices}
            }
            (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
            if [[ $funcstack[1] == _updater ]]; then
                _updater "$@"
            else
                compdef _updater updater
            fi
            """;

    /** Returns the script that a shell reads. */
    static String of(String shell) {
        String commands = Command.words().stream().map(Command::word).collect(Collectors.joining(" "));
        StringBuilder choices = new StringBuilder();
        for (Command command : Command.words()) {
            choices.append("        ")
                    .append(command.word())
                    .append(") choices='")
                    .append(options(command))
                    .append("' ;;\n");
        }
        return (shell.equals("zsh") ? ZSH : BASH)
                .replace("COMMANDS", commands)
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
