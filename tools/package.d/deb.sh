# Sourced by tools/package: writes the .deb of what is in $root.
case $machine in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) fail "no name of Debian is known for $machine" ;;
esac

# Each script is the settings, the functions, and the words of its own.
script() {
    {
        echo '#!/bin/sh'
        cat "$lifecycle" -
    } >"$root/DEBIAN/$1"
    chmod 0755 "$root/DEBIAN/$1"
}

size=$(du -s -k --apparent-size "$root" | cut -f 1)
sums=$(cd "$root" && find . -type f -printf '%P\0' | sort -z | xargs -0 md5sum)
mkdir "$root/DEBIAN"
for each in "${owned[@]}"; do
    sums=$(grep -vF "  ${each#/}" <<<"$sums")
    echo "$each" >>"$root/DEBIAN/conffiles"
done
echo "$sums" >"$root/DEBIAN/md5sums"
{
    echo "Package: $name"
    echo "Version: $version"
    echo "Architecture: $architecture"
    echo "Maintainer: $maintainer"
    echo "Installed-Size: $size"
    [[ -z $depends ]] || echo "Depends: $depends"
    echo "Section: admin"
    echo "Priority: optional"
    echo "Description: $summary"
} >"$root/DEBIAN/control"

script preinst <<'END'
case $1 in
install | upgrade) before_unpacking "$1" ;;
esac
END
script postinst <<'END'
case $1 in
configure) after_unpacking ;;
esac
END
script prerm <<'END'
case $1 in
remove) before_remove ;;
esac
END
script postrm <<'END'
case $1 in
remove) ! booted || systemctl daemon-reload ;;
purge)
    purge_updater
    rm -rf "$home"
    ! booted || systemctl daemon-reload
    ;;
esac
END
find "$root/DEBIAN" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

package=$output/${name}_${version}_$architecture.deb
# What is large in it is compressed already.
dpkg-deb --root-owner-group -Zgzip -z6 --build "$root" "$package" >/dev/null
echo "$package"
