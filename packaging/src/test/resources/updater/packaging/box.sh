# Mounts the disk of one box and keeps it until standard input ends. PID 1 of its own PID and mount namespaces: when it goes, everything goes.
# Arguments: lower directory, directories below it that shall be empty, then for each disk its type, size in MiB, mount options, and mount points, colons between.
set -eu
here=/mnt
lower=$1
hidden=$2
shift 2

mount -t proc proc /proc
# systemd-nspawn keeps locks and sockets there, which are none of the host's business.
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=755 box $here
mkdir $here/upper $here/work $here/root $here/disks
# A character device 0/0 in the upper directory hides what is below at once, however large it is.
for directory in $hidden; do
    mkdir -p "$(dirname "$here/upper/$directory")"
    mknod "$here/upper/$directory" c 0 0
done
mount -t overlay -o "lowerdir=$lower,upperdir=$here/upper,workdir=$here/work" overlay $here/root
for directory in $hidden; do
    mkdir "$here/root/$directory"
done

number=0
while [ $# -gt 0 ]; do
    type=$1 size=$2 options=$3 points=$4
    shift 4
    number=$((number + 1))
    disk=$here/disks/$number
    mkdir "$disk"
    if [ "$type" = tmpfs ]; then
        mount -t tmpfs -o "mode=755,$options" disk "$disk"
    elif [ "$type" = directory ]; then
        mount --bind "$options" "$disk"
    else
        truncate -s "${size}M" "$disk.img"
        case $type in
        ext4) mkfs.ext4 -q -F -E lazy_itable_init=1,lazy_journal_init=1 "$disk.img" ;;
        xfs) mkfs.xfs -q -f "$disk.img" ;;
        btrfs) mkfs.btrfs -q -f "$disk.img" ;;
        esac
        mount -t "$type" -o "loop,$options" "$disk.img" "$disk"
        rm -rf "$disk/lost+found"
    fi
    IFS=:
    for point in $points; do
        case $points in
        *:*) part=$disk$point ;;
        *) part=$disk ;;
        esac
        mkdir -p "$part" "$here/root$point"
        mount --bind "$part" "$here/root$point"
    done
    unset IFS
done

echo mounted
# The writing end is held by the test's JVM alone, so it ends when that does, however it does.
cat >/dev/null
