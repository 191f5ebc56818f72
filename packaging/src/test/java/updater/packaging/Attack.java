package updater.packaging;

/**
 * What somebody who owns the agent's home, or starts the updater, can put in its way.
 *
 * <p>Each is a shell script, run as root in home before the update; {@code $victim} is a tree outside that must stay as it is,
 * {@code $staged} is {@code tmp/latest}. Those of the environment start the updater in a way of their own.
 */
enum Attack {
    // Home: links where the updater writes.
    HOME_DIRECTORY_IS_A_LINK(
            "rm -r plugins && ln -s $victim/plugins plugins",
            refused("the bundle has a directory where home has a symbolic link: plugins")),
    HOME_DIRECTORY_OF_NEW_FILES_IS_A_LINK(
            "ln -s $victim/plugins plugins/added",
            refused("the bundle has a directory where home has a symbolic link: plugins/added")),
    HOME_DIRECTORY_IS_A_LINK_TO_ITS_PARENT(
            "rm -r plugins && ln -s .. plugins",
            refused("the bundle has a directory where home has a symbolic link: plugins")),
    HOME_FILE_IS_A_LINK(
            "ln -sf $victim/file VERSION", refused("the bundle has a file where home has a symbolic link: VERSION")),
    HOME_FILE_IS_A_DANGLING_LINK(
            "ln -sf $victim/created VERSION", refused("the bundle has a file where home has a symbolic link: VERSION")),
    HOME_UNTOUCHED_LINKS_AT_EVERY_LEVEL(
            "ln -s $victim a-link && ln -s $victim/file storage/a-link && ln -s $victim/plugins storage/deep/er/a-link",
            updated()),
    DEFINITION_IS_A_LINK("ln -sf $victim/file agent.process", refused("agent.process")),
    OUTPUT_IS_A_LINK("ln -s $victim/file log/agent.out", refused("/log/agent.out, which is no regular file")),
    OUTPUT_IS_A_FIFO("mkfifo log/agent.out", refused("/log/agent.out, which is no regular file")),
    OUTPUT_IS_A_HARD_LINK("ln $victim/file log/agent.out", refused("/log/agent.out")),
    PID_FILE_IS_A_LINK("cp log/agent.pid $outside/pid && ln -sf $outside/pid log/agent.pid", refused("/log/agent.pid")),
    LOG_IS_A_LINK("mv log $outside/log && ln -s $outside/log log", refused("/log")),
    LOG_FILE_IS_A_LINK("ln -s $victim/file log/updater.log", updated()),
    LOG_FILE_IS_A_HARD_LINK("ln $victim/file log/updater.log", updated()),
    LOG_FILE_IS_A_FIFO("mkfifo log/updater.log", updated()),
    LOG_FILE_IS_A_DIRECTORY("mkdir -p log/updater.log/x/y", updated()),
    REPORT_IS_A_LINK("ln -s $victim/file log/updater-report.json", updated()),
    REPORT_IS_A_FIFO("mkfifo log/updater-report.json", updated()),
    REPORT_IS_A_HARD_LINK("ln $victim/file log/updater-report.json", updated()),
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

    // Home: hard links to what is root's, as protected_hardlinks=0 allows.
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

    // Home: special files, bits, names, types, depth.
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
            "gcc -o $outside/leases /mnt/leases.c && mkdir storage/deep-tree"
                    + " && for i in 1 2 3 4; do echo x >storage/deep-tree/leased$i; done"
                    + " && { timeout 30 $outside/leases storage/deep-tree/leased? </dev/null >$outside/held 2>&1 & }"
                    + " && until grep -q held $outside/held; do sleep 0.1; done",
            refused("storage/deep-tree/leased1: a process holds a lease on it")),
    NAME_THAT_IS_NO_UTF8("touch \"$(printf 'storage/\\377\\376')\"", refused("storage: not valid", "'%FF%FE'")),
    FILE_WHERE_A_DIRECTORY_GOES(
            "rm -r plugins && echo file >plugins",
            refused("the bundle has a directory where home has a file: plugins")),
    DIRECTORY_WHERE_A_FILE_GOES(
            "rm VERSION && mkdir -p VERSION/x", refused("the bundle has a file where home has a directory: VERSION")),
    TREE_DEEPER_THAN_PATHS(
            "mkdir storage/deep-tree && deep storage/deep-tree", refused("lies more than 256 directories deep")),
    TREE_DEEPER_THAN_PATHS_IN_TMP(
            "mkdir tmp/deep && deep tmp/deep && mkdir -p tmp/rollback && deep tmp/rollback", updated()),
    DIRECTORIES_WITHOUT_PERMISSIONS("mkdir -p tmp/closed/in/side && chmod 0 tmp/closed/in storage/empty", rolledBack()),

    // The state directory, which is root's alone.
    STATE_BELONGS_TO_ANOTHER("mkdir -p $state && chown 65534 $state", refused("belongs to user id 65534, not to root")),
    STATE_IS_ANOTHERS_LINK(
            "rm -rf $state && ln -s $victim $state && chown -h 65534 $state",
            refused("is a symbolic link that does not belong to root")),
    STATE_CAN_BE_WRITTEN_BY_OTHERS("mkdir -p $state && chmod 0777 $state", refused("can be written by others")),

    // The bundle, as an agent with a careless unpacker leaves it.
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
    BUNDLE_IS_TOO_DEEP("deep $staged", refused("lies more than 256 directories deep")),
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
            "runtime $staged/updater-runtime && cd $staged/updater-runtime && rm platform"
                    + " && mkfifo platform environment product.json content",
            updated()),
    RUNTIME_IS_PLANTED_IN_HOME("runtime runtime && runtime .updater/runtime && runtime updater-runtime", updated()),

    // The status file.
    STATUS_IS_EMPTY(": >package_statuses.json", refused("the status file", "it is malformed")),
    STATUS_IS_TRUNCATED(
            "head -c 40 package_statuses.json >s && mv s package_statuses.json",
            refused("the status file", "it is malformed")),
    STATUS_HAS_A_BYTE_ORDER_MARK(
            "{ printf '\\357\\273\\277'; cat package_statuses.json; } >s && mv s package_statuses.json", harmless()),
    STATUS_IS_UTF16("iconv -t UTF-16 package_statuses.json >s && mv s package_statuses.json", harmless()),
    STATUS_HAS_DUPLICATE_KEYS(
            "sed 's/\"status\":2/\"status\":2,\"status\":0/' package_statuses.json >s"
                    + " && mv s package_statuses.json",
            harmless()),
    STATUS_HAS_200000_LEVELS(
            "yes '{\"a\":' | head -200000 | tr -d '\\n' >package_statuses.json",
            refused("the status file", "it is malformed")),
    STATUS_HAS_A_NUMBER_OF_A_MEGABYTE(
            "{ printf '{\"a\":'; yes 9 | head -1000000 | tr -d '\\n'; printf '}'; } >package_statuses.json",
            refused("the status file", "it is malformed")),
    STATUS_HAS_8_GIB(
            "truncate -s 8G package_statuses.json",
            refused("the status file", "more than the 1048576 bytes expected at most")),
    STATUS_IS_A_LINK(
            "cat package_statuses.json >$outside/status && ln -sf $outside/status package_statuses.json",
            refused("the status file")),
    STATUS_IS_A_FIFO("rm package_statuses.json && mkfifo package_statuses.json", refused("the status file")),
    STATUS_IS_A_DIRECTORY("rm package_statuses.json && mkdir package_statuses.json", refused("the status file")),
    STATUS_IS_A_DEVICE("rm package_statuses.json && mknod package_statuses.json c 1 5", refused("the status file")),
    STATUS_INJECTS_LOG_LINES(
            "sed 's/v1/v1\\\\n{\\\\\"level\\\\\":\\\\\"ERROR\\\\\"}\\\\u001b[31m/' package_statuses.json >s"
                    + " && mv s package_statuses.json",
            updated()),

    // The environment.
    PATH_HAS_A_FAKE_SYSTEMCTL(
            "fake systemctl sh env java mv rm setsid sleep", "PATH=$outside/fake:$PATH /bin/sh ./updater", updated()),
    LD_PRELOAD_IS_SET("preload", "LD_PRELOAD=$outside/evil.so ./updater", updated()),
    LD_LIBRARY_PATH_IS_SET(
            "preload && mkdir $outside/lib && cp $outside/evil.so $outside/lib/libjli.so"
                    + " && cp $outside/evil.so $outside/lib/libz.so.1",
            "LD_LIBRARY_PATH=$outside/lib ./updater",
            updated()),
    JAVA_OPTIONS_ARE_SET(
            ":",
            "JAVA_TOOL_OPTIONS=-javaagent:/nowhere JDK_JAVA_OPTIONS=-nonsense _JAVA_OPTIONS=-Xmx1"
                    + " CLASSPATH=$victim JAVA_HOME=$victim ./updater",
            updated()),
    SHELL_IS_TOLD_TO_READ(
            "cp $victim/touch $outside/env",
            "ENV=$outside/env BASH_ENV=$outside/env IFS=/ CDPATH=$victim ./updater",
            updated()),
    SHELL_IMPORTS_FUNCTIONS(
            ":",
            "env 'BASH_FUNC_exec%%=() { touch $victim/ran; }'" + " 'BASH_FUNC_[%%=() { touch $victim/ran; }' ./updater",
            updated()),
    TMPDIR_IS_SET(":", "TMPDIR=$victim TMP=$victim HOME=$victim XDG_RUNTIME_DIR=$victim ./updater", updated()),
    UMASK_LETS_NOTHING(":", "umask 0777; ./updater", updated()),
    UMASK_LETS_EVERYTHING(":", "umask 0; ./updater", updated()),
    STANDARD_STREAMS_ARE_CLOSED(":", "./updater <&- >&- 2>&-", updated()),
    STANDARD_OUTPUT_IS_FULL(":", "./updater >/dev/full 2>&1", updated()),
    WORKING_DIRECTORY_IS_DELETED("mkdir /mnt/gone", "cd /mnt/gone; rmdir /mnt/gone; $home/updater", updated()),
    SIGNALS_ARE_IGNORED(":", "trap '' HUP INT TERM PIPE USR1 CHLD; ./updater", updated());

    /** What has to come of it. */
    record Expected(int[] exits, String... message) {}

    private static final String PLANT = """
        set -eu
        home=/mnt/disk/home state=/mnt/disk/state victim=/mnt/disk/victim outside=/mnt/disk/outside staged=tmp/latest
        # Far beyond what one path can name.
        deep() (
            cd "$1"
            name=$(printf %0100d 0)
            i=0
            while [ $i -lt 300 ]; do
                mkdir $name && cd -P $name || exit 1
                i=$((i + 1))
            done
        )
        fake() {
            mkdir $outside/fake
            for name; do
                printf '#!/bin/sh\\n/usr/bin/touch %s/ran-%s\\n' $victim $name >$outside/fake/$name
                chmod 755 $outside/fake/$name
            done
        }
        # Shows only in the virtual machine: nobody can keep it out of the shell that begins.
        preload() {
            gcc -shared -fPIC -o $outside/evil.so /mnt/evil.c
        }
        # A runtime of the attacker's own.
        runtime() {
            mkdir -p $1/bin $1/lib
            for program in bin/java lib/jspawnhelper; do
                cp $victim/touch $1/$program
                chmod 755 $1/$program
            done
            echo '- - - -' >$1/platform
            chown -R 65534:65534 $1
        }
        cd $home
        """;

    private static final String LAUNCH = """
        home=/mnt/disk/home state=/mnt/disk/state victim=/mnt/disk/victim outside=/mnt/disk/outside staged=tmp/latest
        cd $home
        """;

    private final String plant;
    private final String launch;
    private final Expected expected;

    Attack(String plant, Expected expected) {
        this(plant, "./updater", expected);
    }

    Attack(String plant, String launch, Expected expected) {
        this.plant = plant;
        this.launch = launch;
        this.expected = expected;
    }

    private static Expected refused(String... message) {
        return new Expected(new int[] {5}, message);
    }

    private static Expected updated() {
        return new Expected(new int[] {0});
    }

    /** The new agent reports a failure. */
    private static Expected rolledBack() {
        return new Expected(new int[] {1});
    }

    /** Either is right. */
    private static Expected harmless() {
        return new Expected(new int[] {0, 5});
    }

    Expected expected() {
        return expected;
    }

    /** Returns the script that prepares it. */
    String plant() {
        return PLANT + plant + "\n";
    }

    /** Returns the script that starts the updater. */
    String launch() {
        return LAUNCH + launch + "\n";
    }
}
