# Types into an interactive shell on a terminal of its own what comes from the standard input, a line a try, in which \t is the
# tabulator key, and prints what is to be seen then, a line each.
#
#   zsh complete.zsh SHELL FILE
#     SHELL   bash or zsh
#     FILE    the completion that it reads
#
# Commands are not run: "updater" prints what it was called with.
emulate -R zsh
zmodload zsh/zpty || exit 1
case $1 in
    bash) zpty shell bash --noprofile --norc -i ;;
    zsh) zpty shell zsh -f -i ;;
esac
tabulator=$'\t'
type_in() {
    zpty -w shell "$1"
}

# What is typed is echoed, and must not be taken for what is printed.
type_in "HISTFILE= PS1= PS2=; stty cols 200 rows 60"
if [[ $1 == bash ]]; then
    type_in "bind 'set show-all-if-ambiguous on'; bind 'set bell-style none'; bind 'set completion-query-items 0'"
fi
type_in 'updater() { printf "%sT %s END\n" GO "$*"; }'
type_in "source $2"
type_in "updater ready"
zpty -r -m shell seen '*GOT ready END*' || exit 1
while IFS= read -r line; do
    type_in "${line//\\t/$tabulator}"
    zpty -r -m shell seen '*GOT * END*' || exit 1
    print -r -- "${seen//[[:cntrl:]]/ }"
done
