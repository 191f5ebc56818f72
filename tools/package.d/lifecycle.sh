
bundle=/usr/lib/$name/bundle.tar.gz
updater=$state/updater
ran=/run/$name.package

say() {
    echo "$name: $*" >&2
}

booted() {
    [ -d /run/systemd/system ]
}

# Starts, stops and restarts as the host's policy allows it.
invoke() {
    if command -v deb-systemd-invoke >/dev/null; then
        deb-systemd-invoke "$@" || say "systemctl $*: see systemctl status $unit"
    else
        systemctl "$@" || say "see systemctl status $unit"
    fi
}

# Lets no update be unfinished: waits for an updater at work, and brings to its end what one has left. The package
# manager's lock keeps others from beginning one meanwhile. Fails where that cannot be had.
settle() {
    [ -x "$updater" ] || return 0
    waited=0
    while :; do
        code=0
        "$updater" status >/dev/null 2>&1 || code=$?
        if [ $code -eq 4 ]; then
            code=0
            "$updater" recover >&2 || code=$?
            case $code in
            0 | 1) return 0 ;;
            3) ;;
            *) code=4 ;;
            esac
        fi
        case $code in
        3)
            [ $waited -gt 0 ] || say "an updater is at work; waiting for it"
            if [ $waited -ge "${UPDATER_PATIENCE:-300}" ]; then
                say "an updater is still at work after $waited s, and the package was left as it is." \
                    "'$updater status' says when it has ended; do this again then"
                return 1
            fi
            waited=$((waited + 1))
            sleep 1
            ;;
        4)
            say "an update of $home is unfinished and cannot be brought to its end, and the package was left as it" \
                "is. Run '$updater recover', which says why; with --give-up it leaves the agent as it is"
            return 1
            ;;
        *) return 0 ;;
        esac
    done
}

make_user() {
    [ -z "$user" ] || getent passwd "$user" >/dev/null ||
        useradd --system --no-create-home --home-dir "$home" --shell /usr/sbin/nologin "$user"
}

# Before anything is unpacked. An installation over what a removed package has left is no upgrade: nothing ran.
before_unpacking() {
    settle
    rm -f "$ran" "$ran.upgrade"
    if [ "$1" = upgrade ]; then
        : >"$ran.upgrade"
        if booted && systemctl is-active --quiet "$unit"; then
            : >"$ran"
        fi
    fi
}

after_unpacking() {
    if [ -e "$ran.upgrade" ]; then
        rm "$ran.upgrade"
        after_upgrade
    else
        after_install
    fi
}

after_install() {
    make_user
    with_updater
    booted || return 0
    systemctl enable --quiet "$unit"
    invoke start "$unit"
    remember
}

after_upgrade() {
    make_user
    with_updater
    booted || return 0
    if [ -e "$ran" ]; then
        rm "$ran"
        invoke restart "$unit"
    fi
    remember
}

# Goes to the directory of a file of home, and makes what is missing on the way. A directory there may belong to the agent's
# user, who can put a link in its place: none is followed.
go_to() {
    cd -P "$home" || return 1
    reached=$(pwd -P)
    rest=$1
    while [ "${rest#*/}" != "$rest" ]; do
        next=${rest%%/*}
        rest=${rest#*/}
        reached=$reached/$next
        [ -d "$next" ] || mkdir "$next" || return 1
        if ! cd -P "$next" || [ "$(pwd -P)" != "$reached" ]; then
            say "$home/$1 was left alone: $reached is a link"
            return 1
        fi
    done
}

# Copies a file to a place in home, if nothing has that name.
place() (
    go_to "$1" || return 0
    if [ ! -e "./${1##*/}" ] && [ ! -h "./${1##*/}" ]; then
        cp -p --remove-destination "$unpacked/$1" "./${1##*/}"
    fi
)

# Places what is missing of the files that the updater merges, and makes the bundle's updater that of this host.
with_updater() {
    unpacked=$(mktemp -d "/usr/lib/$name/unpacked.XXXXXX")
    trap 'rm -rf "$unpacked"' EXIT
    tar -xzf "$bundle" -C "$unpacked" --no-same-owner
    for file in $configuration; do
        place "$file"
    done
    if booted; then
        systemctl daemon-reload
        "$unpacked/updater" enroll >&2 ||
            say "the updater cannot be used on this host, for the reason above. When it is mended," \
                "run /usr/lib/$name/enroll"
    else
        say "no systemd runs here. On the host, run /usr/lib/$name/enroll"
    fi
    rm -rf "$unpacked"
    trap - EXIT
}

# Has the updater know which files this version shipped, merge those that both edit, and remove those of a version that it
# had installed itself. Changes nothing, and stops nobody, where there is nothing of all that.
remember() {
    [ -x "$updater" ] || return 0
    "$updater" apply "$bundle" --version "$version" >&2 ||
        say "the updater did not take $version as its own (see above); the agent's files are those of the package"
}

# A removal must not fail for an update that nobody can finish: what it would put back goes as well.
before_remove() {
    settle || {
        code=0
        "$updater" status >/dev/null 2>&1 || code=$?
        [ $code -eq 4 ] || return 1
        "$updater" recover --give-up >&2 || return 1
    }
    booted || return 0
    # Requests of an agent that is gone are nobody's.
    if [ -e "/etc/systemd/system/$name-updater.path" ]; then
        systemctl disable --quiet --now "$name-updater.path"
    fi
    systemctl disable --quiet "$unit"
    invoke stop "$unit"
}

purge_updater() {
    if [ -x "$updater" ]; then
        "$updater" purge >&2
    fi
    rm -f "$ran" "$ran.upgrade"
}
