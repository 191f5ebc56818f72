package updater.packaging;

import static updater.packaging.Attack.Expected.harmless;
import static updater.packaging.Attack.Expected.refused;
import static updater.packaging.Attack.Expected.rolledBack;
import static updater.packaging.Attack.Expected.updated;

/** What the bundle holds, as an agent with a careless unpacker leaves it, or a hostile one. */
enum BundleAttack implements Attack {
    BUNDLE_HAS_A_LINK("ln -s $victim/file $staged/link", refused("the bundle holds a symbolic link: link")),
    BUNDLE_HAS_A_LINK_TO_A_DIRECTORY(
            "rm -r $staged/plugins && ln -s $victim/plugins $staged/plugins",
            refused("the bundle holds a symbolic link: plugins")),
    BUNDLE_HAS_A_DEEP_LINK(
            "mkdir -p $staged/a/b/c && ln -s ../../../../../.. $staged/a/b/c/up",
            refused("the bundle holds a symbolic link: a/b/c/up")),
    BUNDLE_HAS_A_HARD_LINK(
            "ln $victim/plugins/owned.yaml $staged/plugins/file", refused("has more than one hard link")),
    BUNDLE_HAS_A_FIFO("mkfifo $staged/fifo", refused("the bundle holds a special file (FIFO, socket or device): fifo")),
    BUNDLE_HAS_A_DEVICE(
            "mknod $staged/zero c 1 5", refused("the bundle holds a special file (FIFO, socket or device): zero")),
    BUNDLE_HAS_SETUID("chmod 4755 $staged/agent", refused("the bundle sets special mode bits (4755) on agent")),
    BUNDLE_HAS_SETGID("chmod 2755 $staged/agent", refused("the bundle sets special mode bits (2755) on agent")),
    BUNDLE_HAS_A_NAME_THAT_IS_NO_UTF8("touch \"$(printf \"$staged/\\377\")\"", refused("staged: not valid", "'%FF'")),
    BUNDLE_HAS_NAMES_THAT_CONTROL_TERMINALS("touch \"$(printf \"$staged/a\\nb\\033[31m\")\"", updated()),
    BUNDLE_HAS_NAMES_THAT_ARE_OPTIONS("touch -- $staged/-rf $staged/--home", updated()),
    BUNDLE_HAS_A_NAME_OF_255_BYTES("touch $staged/$(printf %0255d 1)", rolledBack()),
    BUNDLE_IS_TOO_DEEP("deep $staged", refused("is more than 256 directories deep")),
    BUNDLE_HOLDS_WHAT_IS_NEVER_TOUCHED(
            "mkdir -p $staged/tmp $staged/log $staged/.updater && cp $victim/file $staged/tmp/x"
                    + " && cp $victim/file $staged/log/running && cp $victim/file $staged/package_statuses.json"
                    + " && cp $victim/file $staged/.updater/journal",
            updated()),
    BUNDLE_DEFINITION_IS_A_LINK("ln -sf $victim/file $staged/install/agent.process", refused("agent.process")),
    BUNDLE_DEFINITION_IS_A_FIFO(
            "rm $staged/install/agent.process && mkfifo $staged/install/agent.process", refused("agent.process")),
    BUNDLE_DEFINITION_IS_FORGED(
            "printf 'command = %s/touch\nstop-timeout-ms = 5000\n' $victim >$staged/install/agent.process",
            refused("changes the definition of agent", "/home belongs to user id 65534")),
    BUNDLE_DEFINITION_IS_FORGED_IN_ROOTS_HOME(
            "chown 0 . && printf 'command = %s/touch\nstop-timeout-ms = 5000\n' $victim >$staged/install/agent.process"
                    + " && chown 65534 $staged/install/agent.process",
            refused("/install/agent.process belongs to user id 65534")),
    BUNDLE_DEFINITION_LIES_IN_ANOTHERS_DIRECTORY(
            "chown 0 . && printf 'command = %s/touch\nstop-timeout-ms = 5000\n' $victim >$staged/install/agent.process"
                    + " && chown 65534 $staged/install",
            refused("/install belongs to user id 65534")),
    BUNDLE_IS_THE_AGENTS("chown -R 65534:65534 tmp", updated()),
    BUNDLE_IS_THE_AGENTS_AND_FAILS("chown -R 65534:65534 tmp", rolledBack()),
    BUNDLE_IS_A_THIRD_USERS("chown -R 65533:65533 $staged", updated()),
    BUNDLE_REPLACES_A_FILE_OF_ROOTS("chown 0 VERSION", refused("VERSION would belong to root")),
    BUNDLE_OF_THE_AGENTS_REPLACES_A_FILE_OF_ROOTS(
            "chown 0 . VERSION && chown -R 65534 $staged", refused("VERSION would belong to root")),
    BUNDLE_REPLACES_A_SETUID_FILE(
            "chmod 4755 agent", refused("agent would have set-ID bits or capabilities", "belongs to user id 65534")),
    BUNDLE_REPLACES_A_CAPABLE_FILE(
            "setcap cap_net_raw+ep agent",
            refused("agent would have set-ID bits or capabilities", "belongs to user id 65534")),
    BUNDLE_OF_THE_AGENTS_REPLACES_A_CAPABLE_FILE(
            "chown 0 . && setcap cap_net_raw+ep agent && chown -R 65534 $staged",
            refused("agent would have set-ID bits or capabilities")),
    BUNDLE_HOLDS_A_SECRET_OF_ROOTS(
            "cat $victim/file >$staged/secret && chmod 0600 $staged/secret",
            refused("secret would belong to user id 65534")),
    BUNDLE_FOR_ROOT_CAN_BE_WRITTEN(
            "chown -R 0 . && chmod 0666 $staged/VERSION", refused("VERSION would belong to root")),
    BUNDLE_FOR_ROOT_IN_A_DIRECTORY_THAT_CAN_BE_WRITTEN(
            "chown -R 0 . && chmod 0777 $staged/plugins",
            refused("would belong to root", "plugins can be written by others")),
    BUNDLE_FOR_ROOT_HAS_AN_ACCESS_LIST(
            "chown -R 0 . && setfacl -m u:65534:rw $staged/VERSION", refused("VERSION would belong to root")),
    BUNDLE_FOR_ROOT_IS_OPEN_ELSEWHERE(
            "chown -R 0 . && chown 65534 $staged/VERSION && { sleep 1000 9>>$staged/VERSION & } && sleeper=$!"
                    + " && echo $sleeper >$outside/sleeper && chown 0 $staged/VERSION",
            refused("VERSION would belong to root", "is open for writing")),
    BUNDLE_LAUNCHER_IS_A_LINK("ln -sf $victim/file $staged/updater", updated()),
    BUNDLE_LAUNCHER_IS_PLANTED("cp $victim/touch $staged/updater", updated()),
    BUNDLE_RUNTIME_IS_PLANTED("runtime $staged/updater-runtime", updated()),
    BUNDLE_RUNTIME_IS_PLANTED_AND_ROOTS("runtime $staged/updater-runtime && chown -R 0:0 $staged", updated()),
    BUNDLE_RUNTIME_IS_A_LINK("runtime $outside/runtime && ln -s $outside/runtime $staged/updater-runtime", updated()),
    BUNDLE_RUNTIME_HAS_FIFOS(
            "runtime $staged/updater-runtime && cd $staged/updater-runtime && rm -f platform content"
                    + " && mkfifo platform environment product.json content",
            updated()),
    BUNDLE_HAS_A_FILE_OF_A_TERABYTE("truncate -s 1T $staged/sparse && chown -R 65534 $staged", updated()),
    BUNDLE_HAS_CAPABILITIES("setcap cap_sys_admin+ep $staged/agent", harmless()),
    BUNDLE_HAS_ATTRIBUTES(
            "setfattr -n user.evil -v x $staged/VERSION && setfattr -n trusted.overlay.opaque -v y $staged/plugins",
            harmless()),
    BUNDLE_HANDS_DOWN_AN_ACCESS_LIST("setfacl -R -d -m u:65533:rwx $staged", harmless()),
    BUNDLE_IS_OF_THE_FUTURE("find $staged -exec touch -d 2440-01-01 {} +", updated()),
    BUNDLE_HAS_CASE_TWINS("cp $staged/VERSION $staged/version && mkdir $staged/PLUGINS", updated()),
    BUNDLE_HAS_A_SOCKET(
            "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => \"tmp/latest/socket\", Listen => 1)'",
            refused("the bundle holds a special file (FIFO, socket or device): socket")),
    BUNDLE_HAS_A_WHITEOUT(
            "mknod $staged/whiteout c 0 0",
            refused("the bundle holds a special file (FIFO, socket or device): whiteout")),
    BUNDLE_DIRECTORY_HAS_SETGID("chmod 2775 $staged/plugins", updated()),
    BUNDLE_HAS_LISTS_OF_A_RELEASE(
            "mkdir -p $staged/release && echo x >$staged/release/statement && echo x >$staged/release/keys"
                    + " && echo x >$staged/release/files",
            refused("file list, line 1: expected")),
    BUNDLE_HAS_A_RELEASE_THAT_LEADS_AWAY("ln -s $victim $staged/release", refused("release")),
    BUNDLE_STATEMENT_IS_A_FIFO(
            "mkdir -p $staged/release && mkfifo $staged/release/statement", refused("release/statement")),
    BUNDLE_FOR_ROOT_IS_MAPPED_ELSEWHERE(
            "chown -R 0 . && chmod 0666 $staged/VERSION "
                    + " && { timeout 30 setpriv --reuid=65534 --clear-groups /mnt/leases --map $staged/VERSION"
                    + " </dev/null >$outside/held 2>&1 & } && until grep -q held $outside/held; do sleep 0.1; done"
                    + " && chmod 0644 $staged/VERSION",
            refused("VERSION would belong to root", "is open for writing")),
    BUNDLE_IS_LEASED(
            "{ timeout 30 /mnt/leases $staged/VERSION $staged/agent </dev/null"
                    + " >$outside/held 2>&1 & } && until grep -q held $outside/held; do sleep 0.1; done",
            refused("a process holds a lease on it"));

    private final Script script;

    BundleAttack(String plant, Expected expected) {
        script = new Script(plant, Script.AS_EVER, expected);
    }

    @Override
    public Script script() {
        return script;
    }
}
