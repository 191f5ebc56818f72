package updater.packaging;

import static updater.packaging.Attack.Expected.harmless;
import static updater.packaging.Attack.Expected.refused;
import static updater.packaging.Attack.Expected.rolledBack;
import static updater.packaging.Attack.Expected.undone;
import static updater.packaging.Attack.Expected.updated;

/** What the owner of home has put into it, beside it, or where the updater keeps its own. */
enum HomeAttack implements Attack {
    NONE(":", updated()),
    NONE_THAT_FAILS(":", rolledBack()),
    HOME_DIRECTORY_IS_A_LINK(
            "rm -r plugins && ln -s $victim/plugins plugins",
            refused("symbolic link that is not followed: plugins, since /")),
    HOME_DIRECTORY_OF_NEW_FILES_IS_A_LINK(
            "ln -s $victim/plugins plugins/added",
            refused("symbolic link that is not followed: plugins/added, since /")),
    HOME_DIRECTORY_IS_A_LINK_TO_ITS_PARENT(
            "rm -r plugins && ln -s .. plugins", refused("symbolic link that is not followed: plugins, since /")),
    HOME_FILE_IS_A_LINK(
            "ln -sf $victim/file VERSION && chown -h 65534:65534 VERSION",
            refused("the bundle has a file where home has a symbolic link: VERSION")),
    HOME_FILE_IS_A_LINK_OF_ROOT("ln -sf $victim/file VERSION", updated()),
    HOME_FILE_IS_A_DANGLING_LINK(
            "ln -sf $victim/created VERSION && chown -h 65534:65534 VERSION",
            refused("the bundle has a file where home has a symbolic link: VERSION")),
    HOME_FILE_IS_A_DANGLING_LINK_OF_ROOT("ln -sf $victim/created VERSION", updated()),
    HOME_UNTOUCHED_LINKS_AT_EVERY_LEVEL(
            "ln -s $victim a-link && ln -s $victim/file storage/a-link && ln -s $victim/plugins storage/deep/er/a-link",
            updated()),
    DEFINITION_IS_A_LINK("ln -sf $victim/file agent.process", refused("agent.process")),
    TMP_IS_A_LINK("mv tmp $outside/tmp && ln -s $outside/tmp tmp", refused("/tmp")),
    STAGED_TREE_IS_A_LINK("mv tmp/latest $outside/latest && ln -s $outside/latest tmp/latest", refused("/tmp/latest")),
    BACKUP_IS_A_LINK("ln -s $victim tmp/rollback", updated()),
    BACKUP_IS_PLANTED(
            "mkdir -p tmp/rollback/home/plugins && ln -s $victim/file tmp/rollback/home/VERSION"
                    + " && ln $victim/file tmp/rollback/home/agent && ln -s $victim tmp/rollback/home/storage",
            updated()),
    BACKUP_IS_PLANTED_AND_NEEDED(
            "mkdir -p tmp/rollback/home && ln $victim/file tmp/rollback/home/VERSION"
                    + " && ln -s $victim tmp/rollback/home/storage",
            rolledBack()),
    LAUNCHER_IS_A_LINK("rm updater && ln -s $victim/file updater", "sh $staged/updater --home $home", updated()),
    WORK_DIRECTORY_IS_A_LINK("ln -s $victim .updater", refused(".updater is not a directory of user id 0")),
    WORK_DIRECTORY_IS_PLANTED(
            "mkdir -p .updater/rollback/home && cp $victim/file .updater/rollback/home/VERSION"
                    + " && chown -R 65534 .updater",
            refused(".updater is not a directory of user id 0")),
    WORK_DIRECTORY_OF_ROOTS_IS_PLANTED(
            "mkdir -p .updater/rollback/home .updater/staged .updater/copies && ln -s $victim .updater/rollback/home/many"
                    + " && ln $victim/file .updater/rollback/home/VERSION && ln -s $victim .updater/staged/x",
            rolledBack()),
    UNPRIVILEGED_STATE_IS_PLANTED(
            "mkdir -p .updater/runtime/bin && cp $victim/file .updater/journal"
                    + " && cp $victim/touch .updater/runtime/bin/java && echo Linux >.updater/runtime/platform"
                    + " && chown -R 65534 .updater",
            refused(".updater is not a directory of user id 0")),
    HOME_LIES_WHERE_OTHERS_WRITE("chmod 0777 /mnt/disk", refused("/mnt/disk can be written by others")),
    HOME_LIES_IN_ANOTHERS_DIRECTORY("chown 65534 /mnt/disk", refused("/mnt/disk belongs to user id 65534")),
    JOURNALS_ARE_PLANTED(
            "cp $victim/file journal && cp $victim/file tmp/journal && cp $victim/file log/journal"
                    + " && cp $victim/file tmp/manifest",
            updated()),
    PLACING_NAMES_ARE_PLANTED(
            "ln -s $victim/file plugins/.updater-placing-owned.yaml"
                    + " && ln -s $victim/file .package_statuses.json.updater-new"
                    + " && ln -s $victim/file log/.updater-report.json.updater-new",
            updated()),
    HARD_LINK_IS_REPLACED("ln -f $victim/file VERSION", refused("VERSION would belong to root")),
    HARD_LINK_IN_ROOTS_HOME_IS_REPLACED_AND_ROLLED_BACK(
            "chown -R 0 . && ln -f $victim/file VERSION && ln -f $victim/setuid agent.old", rolledBack()),
    HARD_LINK_OF_SETUID_IS_REPLACED(
            "ln -f $victim/setuid plugins/owned.yaml", refused("plugins/owned.yaml", "more than one hard link")),
    HARD_LINK_OF_CAPABLE_IS_REPLACED(
            "setcap cap_net_raw+ep $victim/file && ln -f $victim/file VERSION",
            refused("VERSION", "more than one hard link")),
    HARD_LINK_IS_BACKED_UP("ln $victim/file storage/file && ln $victim/setuid storage/setuid", rolledBack()),
    HARD_LINK_IS_THE_DEFINITION(
            "cat agent.process >$outside/definition && ln -f $outside/definition agent.process", updated()),
    HARD_LINK_IS_THE_STATUS_FILE(
            "cat package_statuses.json >$outside/status" + " && ln -f $outside/status package_statuses.json",
            rolledBack()),
    FIFO_IN_HOME("mkfifo storage/fifo plugins/fifo", updated()),
    FIFO_IN_HOME_AND_ROLLED_BACK("mkfifo storage/fifo plugins/fifo", rolledBack()),
    FIFO_WHERE_A_FILE_GOES(
            "rm VERSION && mkfifo VERSION",
            refused("the bundle has a file where home has a special file (FIFO, socket or device): VERSION")),
    DEVICE_IN_HOME("mknod storage/zero c 1 5 && mknod storage/disk b 7 200", updated()),
    DEVICE_WHERE_A_FILE_GOES(
            "rm VERSION && mknod VERSION c 1 5",
            refused("the bundle has a file where home has a special file (FIFO, socket or device): VERSION")),
    SOCKET_IN_HOME(
            "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => \"storage/socket\", Listen => 1)'", updated()),
    SETUID_IN_HOME("chmod 6755 storage/twin && chmod 4755 plugins/same.yaml && chmod 3777 storage", rolledBack()),
    NAMES_THAT_CONTROL_TERMINALS(
            "mkdir \"$(printf 'storage/a\\nb\\033[31m')\" && touch \"$(printf 'storage/\\033]0;x\\007')\""
                    + " && touch \"$(printf 'storage/{\"level\":\"ERROR\"}\\r')\"",
            rolledBack()),
    NAMES_THAT_ARE_OPTIONS("touch -- -rf --version storage/-rf && mkdir -- --home", updated()),
    NAME_OF_255_BYTES("touch $(printf %0255d 1) storage/$(printf %0255d 1)", rolledBack()),
    LINK_THAT_IS_NO_UTF8(
            "ln -s \"$(printf '\\377\\376')\" storage/link && ln -s \"$(printf '\\200')\" link", rolledBack()),
    FILES_WITH_LEASES(
            "mkdir storage/deep-tree"
                    + " && for i in 1 2 3 4; do echo x >storage/deep-tree/leased$i; done"
                    + " && { timeout 30 /mnt/leases storage/deep-tree/leased? </dev/null >$outside/held 2>&1 & }"
                    + " && until grep -q held $outside/held; do sleep 0.1; done",
            refused("storage/deep-tree/leased1: a process holds a lease on it")),
    NAME_THAT_IS_NO_UTF8("touch \"$(printf 'storage/\\377\\376')\"", refused("storage: not valid", "'%FF%FE'")),
    FILE_WHERE_A_DIRECTORY_GOES(
            "rm -r plugins && echo file >plugins",
            refused("the bundle has a directory where home has a file: plugins")),
    DIRECTORY_WHERE_A_FILE_GOES(
            "rm VERSION && mkdir -p VERSION/x", refused("the bundle has a file where home has a directory: VERSION")),
    TREE_DEEPER_THAN_PATHS("mkdir storage/deep-tree && deep storage/deep-tree", updated()),
    TREE_DEEPER_THAN_PATHS_IN_TMP(
            "mkdir tmp/deep && deep tmp/deep && mkdir -p tmp/rollback && deep tmp/rollback", updated()),
    DIRECTORIES_WITHOUT_PERMISSIONS("mkdir -p tmp/closed/in/side && chmod 0 tmp/closed/in storage/empty", rolledBack()),
    STATE_BELONGS_TO_ANOTHER("mkdir -p $state && chown 65534 $state", refused("belongs to user id 65534, not to root")),
    STATE_IS_ANOTHERS_LINK(
            "rm -rf $state && ln -s $victim $state && chown -h 65534 $state",
            refused("is a symbolic link that does not belong to root")),
    STATE_CAN_BE_WRITTEN_BY_OTHERS("mkdir -p $state && chmod 0777 $state", refused("can be written by others")),
    RUNTIME_IS_PLANTED_IN_HOME("runtime runtime && runtime .updater/runtime && runtime updater-runtime", updated()),
    WORK_DIRECTORY_IS_A_FILE("echo x >.updater", refused(".updater is not a directory of user id 0")),
    WORK_DIRECTORY_IS_A_FIFO("mkfifo .updater", refused(".updater is not a directory of user id 0")),
    WORK_DIRECTORY_IS_A_DIRECTORY_OF_ROOTS_MOVED_THERE(
            "mkdir kept && cp -p $victim/file kept && mkdir -p kept/offered/x && mv kept .updater", updated()),
    WORK_DIRECTORY_OF_ROOTS_LETS_OTHERS_IN(
            "mkdir -m 0777 .updater && setpriv --reuid=65534 --clear-groups mkdir -p .updater/staged/x"
                    + " .updater/rollback/home/plugins .updater/copies && ln -s $victim .updater/rollback/home/storage",
            rolledBack()),
    WORK_DIRECTORY_HAS_AN_ACCESS_LIST("mkdir .updater && setfacl -m u:65534:rwx .updater", updated()),
    HOME_HANDS_DOWN_AN_ACCESS_LIST("setfacl -d -m u:65533:rwx . && setfacl -d -m u:65533:rwx plugins", rolledBack()),
    HOME_CAN_BE_WRITTEN_BY_ALL("chmod 1777 .", rolledBack()),
    HOME_HANDS_DOWN_ITS_GROUP("chmod 2775 . && chgrp 65533 . && chmod 2777 plugins", rolledBack()),
    HOME_LETS_NOBODY_IN("chmod 0 .", rolledBack()),
    TMP_LETS_NOBODY_IN("chmod 0 tmp tmp/latest", updated()),
    REQUEST_IS_PLANTED("mkdir tmp/offer && ln -s $victim/file tmp/offer/request.json", updated()),
    CLAIMED_TREES_ARE_PLANTED(
            "ln -s $victim tmp/.updater-staged && mkdir -p .updater/offered/plugins && ln -s $victim .updater/verified",
            updated()),
    PLACING_NAMES_ARE_DIRECTORIES(
            "mkdir -p plugins/.updater-placing-owned.yaml/x .package_statuses.json.updater-new/x"
                    + " log/.updater-report.json.updater-new/x",
            harmless()),
    FILE_IS_IMMUTABLE("chattr +i storage/twin", harmless()),
    REPLACED_FILE_IS_IMMUTABLE("chattr +i VERSION", undone()),
    DIRECTORY_IS_IMMUTABLE("chattr +i plugins", harmless()),
    REPLACED_FILE_CAN_BE_APPENDED_TO_ONLY("chattr +a VERSION", undone()),
    FILE_OF_A_TERABYTE_OF_HOLES("truncate -s 1T storage/sparse", updated()),
    FILE_HAS_MANY_ATTRIBUTES(
            "for i in $(seq 20); do setfattr -n user.$i -v $(printf %0100d $i) VERSION; done"
                    + " && setfattr -n trusted.overlay.opaque -v y plugins",
            rolledBack()),
    FILE_HAS_CAPABILITIES("setcap cap_sys_admin+ep storage/twin", rolledBack()),
    TIMES_ARE_FAR_AWAY(
            "touch -d @-2147483648 VERSION storage && touch -d '2440-01-01 00:00:00.999999999' storage/twin plugins",
            rolledBack()),
    NAMES_THAT_TURN_TEXT_AROUND(
            "touch \"$(printf 'storage/a\\342\\200\\256txt.exe')\" \"$(printf 'storage/\\302\\205\\302\\233')\"",
            rolledBack()),
    WHITEOUT_IN_HOME("mknod storage/whiteout c 0 0", rolledBack()),
    MOUNTS_OF_THE_AGENTS_OWN(
            "{ setpriv --reuid=65534 --clear-groups unshare -Urm sh -c 'mount -t tmpfs own tmp && mount --bind storage plugins"
                    + " && echo held && exec sleep 30' </dev/null >$outside/held 2>&1 & }"
                    + " && until grep -q . $outside/held; do sleep 0.1; done",
            rolledBack());

    private final Script script;

    HomeAttack(String plant, Expected expected) {
        script = new Script(plant, Script.AS_EVER, expected);
    }

    HomeAttack(String plant, String launch, Expected expected) {
        script = new Script(plant, launch, expected);
    }

    @Override
    public Script script() {
        return script;
    }
}
