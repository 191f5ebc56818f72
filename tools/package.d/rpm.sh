# Sourced by tools/package: writes the .rpm of what is in $root.

# In a spec, a per cent sign begins a macro.
section() {
    echo "%$1"
    cat "$lifecycle" - | sed 's/%/%%/g'
}

release=1
[[ $version != *-* ]] || release=${version#*-}
spec=$work/$name.spec
{
    echo "Name: $name"
    echo "Version: ${version%%-*}"
    echo "Release: $release"
    echo "Summary: $summary"
    echo "License: see the agent"
    echo "Packager: $maintainer"
    echo "AutoReqProv: no"
    echo "Requires: systemd, tar, gzip, shadow-utils${depends:+, $depends}"
    echo "%description"
    echo "$summary"
    echo "%files"
    echo "%defattr(-,root,root)"
    (
        cd "$root"
        find ".$home" "./$library" "./usr/lib/systemd/system/$unit" -type d -printf 'dir %p\n' -o -printf 'file %p\n'
    ) | sort | while read -r type path; do
        path=${path#.}
        case " ${owned[*]} " in
        *" $path "*) echo "%config(noreplace) \"$path\"" ;;
        *) [[ $type == dir ]] && echo "%dir \"$path\"" || echo "\"$path\"" ;;
        esac
    done
    # With the files of the version before still there. A failure here leaves that one installed.
    section pre <<'END'
if [ "$1" -gt 1 ]; then
    before_unpacking upgrade
else
    before_unpacking install
fi
make_user
END
    # Not earlier: only now the files of the version before are gone.
    section posttrans <<'END'
after_unpacking
END
    # rpm knows no purge: a modified file is kept as .rpmsave, all else goes.
    section preun <<'END'
[ "$1" -eq 0 ] || exit 0
before_remove
for file in $configuration; do
    (
        [ -d "$home" ] && go_to "$file" || exit 0
        name=./${file##*/}
        if [ -h "$name" ] || [ ! -f "$name" ]; then
            exit 0
        elif tar -xzOf "$bundle" "$file" | cmp -s - "$name"; then
            rm "$name"
        else
            mv -T "$name" "$name.rpmsave"
            say "$home/$file was saved as $home/$file.rpmsave"
        fi
    )
done
purge_updater
END
    section postun <<'END'
! booted || systemctl daemon-reload
END
} >"$spec"

# Nothing of the agent is stripped, compressed or compiled anew, and nothing says where and when this was built.
rpmbuild -bb --quiet --target "$machine" --buildroot "$root" \
    --define "_topdir $work/rpm" --define "_rpmdir $work/rpm" --define "_build_name_fmt package.rpm" \
    --define "_dbpath $work/rpm/db" --define "_buildhost localhost" --define "_build_id_links none" \
    --define "debug_package %{nil}" --define "__os_install_post %{nil}" --define "__check_files %{nil}" \
    --define "use_source_date_epoch_as_buildtime 1" --define "clamp_mtime_to_source_date_epoch 1" \
    --define "_binary_payload w6.gzdio" "$spec" >"$work/said" 2>&1 || {
    cat "$work/said" >&2
    exit 1
}
package=$output/$name-${version%%-*}-$release.$machine.rpm
mv "$work/rpm/package.rpm" "$package"
echo "$package"
