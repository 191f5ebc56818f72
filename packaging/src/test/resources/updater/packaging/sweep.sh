# A disk, an agent on it and its updater, in namespaces of their own: what the sweeps do over and over, each in one shell.
# Everything lies below /mnt, a file system in memory: /mnt/image is the disk, mounted at /mnt/disk; /mnt/faults the control file.
set -u
home=/mnt/disk/home state=/mnt/disk/state

mount_disk() {
    mount -o "loop,$(cat /mnt/options)" /mnt/image /mnt/disk
}

# Mounts it on another device than $device, as a host may find its disk when it boots.
mount_elsewhere() {
    truncate -s 4096 /mnt/placeholder
    losetup "$device" /mnt/placeholder 2>/dev/null
    mount_disk
    for held in $(losetup -j /mnt/placeholder | cut -d: -f1); do
        losetup -d "$held"
    done
    ! grep -q "^$device /mnt/disk " /proc/mounts || exit 1
}

# Ends every process in here but those that hold the namespaces, and this one.
end_all() {
    holder=$(cat /mnt/holder)
    for process in /proc/[0-9]*; do
        case ${process#/proc/} in
        1 | $$ | "$holder") ;;
        *) kill -9 "${process#/proc/}" 2>/dev/null ;;
        esac
    done
}

# The runtime is moved from one try to the next: copying it would take longer than the update.
keep_runtime() {
    for found in "$home/tmp/latest/updater-runtime" "$state"/runtime-*; do
        if [ ! -d /mnt/disk/runtime ] && [ -d "$found" ] && [ ! -h "$found" ]; then
            rm -f "$found/.complete" "$found/updater"
            if [ "$(find "$found" -type f | wc -l)" = "$(cat /mnt/runtime-files)" ]; then
                mv "$found" /mnt/disk/runtime
            fi
        fi
    done
    [ -d /mnt/disk/runtime ] || cp -a /mnt/runtime /mnt/disk/runtime
}

# What a test mounts where home or state will be, and how full it makes that. In a shell of its own.
places() {
    [ ! -e /mnt/places ] || sh /mnt/places "$1" || exit 1
}

# Where the staged tree is to be small, or others could change it, the runtime is that of an earlier update.
place_runtime() {
    if [ -e /mnt/runtime-in-state ]; then
        mkdir -p -m 700 "$state"
        mv /mnt/disk/runtime "$state/runtime-kept"
        : >"$state/runtime-kept/.complete"
        ln -s runtime-kept "$state/runtime"
        cp /mnt/disk/new/updater "$state/updater"
    else
        mv /mnt/disk/runtime "$home/tmp/latest/updater-runtime"
    fi
}

start_agent() {
    setsid "$home/agent" </dev/null >/dev/null 2>&1 &
    echo $! >"$home/log/agent.pid"
    until [ -s "$home/log/running" ]; do :; done
}

case $1 in
hold)
    mount -t tmpfs -o mode=755 sweep /mnt && mount -t tmpfs -o mode=755 run /run && mount -t proc proc /proc || exit 1
    mkdir /mnt/disk && truncate -s "$3M" /mnt/image && echo "$4" >/mnt/options || exit 1
    "mkfs.$2" -q /mnt/image && mount_disk || exit 1
    # The shell waits in "wait", where it takes care of orphans, for a process that ends with the standard input.
    exec 3<&0
    cat <&3 >/dev/null &
    echo $! >/mnt/holder
    echo mounted
    wait $!
    ;;
reset)
    # $2 is old or updated: the version that is put back.
    end_all
    keep_runtime
    places unmount
    rm -rf "$home" "$state"
    rm -f /mnt/faults.log /mnt/faults.hit /mnt/at-start /mnt/at-stop /mnt/hooks.ran
    if [ "${2-old}" = updated ]; then
        cp -a /mnt/disk/updated/home "$home"
        cp -a /mnt/disk/updated/state "$state"
        mv /mnt/disk/runtime "$state/runtime-kept"
        : >"$state/runtime-kept/.complete"
        ln -s runtime-kept "$state/runtime"
        # A directory that was copied is another one.
        sed -i "s/\"inode\":[0-9]*/\"inode\":$(stat -c %i "$home/.updater/previous")/" "$state/previous-version"
    else
        mkdir "$home"
        places mount
        [ -e "$home/VERSION" ] || cp -a /mnt/disk/old/. "$home"
        mkdir -p "$home/tmp"
        mkdir -p "$home/tmp/latest"
        cp -a /mnt/disk/new/. "$home/tmp/latest"
        place_runtime
    fi
    start_agent
    places fill
    sync -f /mnt/disk
    ;;
save)
    # What is there once the new version was installed; the runtime is with the others.
    end_all
    keep_runtime
    rm "$home/log/running"
    mkdir /mnt/disk/updated
    cp -a "$home" /mnt/disk/updated/home
    rm -f "$state/runtime"
    cp -a "$state" /mnt/disk/updated/state
    ;;
fail-probation)
    sed -i 's/"verdict":""/"verdict":"its probe does not hold"/' "$state/probation"
    ;;
later)
    rm -f /mnt/hooks.ran
    [ ! -e "$state/probation" ] || sed -i 's/"looked_at":"20/"looked_at":"19/' "$state/probation"
    ;;
update)
    cd "$home" || exit 1
    # A test may start it in a way of its own.
    if [ -e /mnt/launch ]; then
        sh /mnt/launch </dev/null >/mnt/said 2>&1
    else
        ./updater </dev/null >/mnt/said 2>&1
    fi
    echo "exit $?"
    ;;
rollback)
    cd /
    "$state/updater" rollback --home "$home" </dev/null >/mnt/said 2>&1
    echo "exit $?"
    ;;
recover)
    cd /
    # As the guard does; without one as an operator does.
    if [ -s "$state/guard" ]; then
        set --
        while IFS= read -r word; do
            set -- "$@" "$word"
        done <"$state/guard"
    elif [ -x "$state/updater" ] && [ -e "$state/runtime/bin/java" ]; then
        set -- "$state/updater" recover --home "$home"
    else
        set -- "$home/updater" recover
    fi
    "$@" </dev/null >/mnt/said 2>&1
    echo "exit $?"
    ;;
give-up)
    cd /
    "$state/updater" recover --home "$home" --give-up </dev/null >/mnt/said 2>&1
    echo "exit $?"
    ;;
cut)
    # $2 is empty, or -f: whether the journal of the file system is written first.
    device=$(sed -n 's|^\(/dev/loop[0-9]*\) /mnt/disk .*|\1|p' /proc/mounts)
    xfs_io -x -c "shutdown $2" /mnt/disk || exit 1
    # What was killed may need a moment to go, and may have started something at the last one.
    tries=100
    end_all
    until umount /mnt/disk 2>/mnt/umount.said; do
        tries=$((tries - 1))
        if [ $tries = 0 ]; then
            cat /mnt/umount.said
            ls -l /proc/[0-9]*/cwd /proc/[0-9]*/exe /proc/[0-9]*/fd 2>/dev/null | grep /mnt/disk
            exit 1
        fi
        end_all
        sleep 0.05
    done
    mount_elsewhere
    ;;
guard)
    # What the guard runs, as long as it is armed. Its marker may go between two looks.
    set --
    while IFS= read -r word; do
        set -- "$@" "$word"
    done 2>/dev/null <"$state/guard"
    if [ $# = 0 ]; then
        echo "not armed"
    else
        "$@" </dev/null >/mnt/said.guard 2>&1
        echo "exit $?"
    fi
    ;;
twice)
    cd "$home" || exit 1
    ./updater </dev/null >/mnt/said.1 2>&1 &
    first=$!
    ./updater </dev/null >/mnt/said.2 2>&1
    second=$?
    wait $first
    echo "$? $second"
    ;;
*)
    exit 2
    ;;
esac
