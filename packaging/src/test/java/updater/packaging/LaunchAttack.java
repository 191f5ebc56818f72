package updater.packaging;

import static updater.packaging.Attack.Expected.refused;
import static updater.packaging.Attack.Expected.updated;

/** In which environment, and with which limits, the updater is started. */
enum LaunchAttack implements Attack {
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
    SHELL_TRACES_WITH_A_COMMAND(
            ":",
            "env SHELLOPTS=xtrace 'PS4=$(touch $victim/ran)' /bin/bash --posix ./updater >/dev/null 2>&1",
            updated()),
    LOCALE_IS_THE_AGENTS(
            "preload && mkdir $outside/lib && cp $outside/evil.so $outside/lib/EVIL.so && printf 'module EVIL// INTERNAL EVIL 1\\n'"
                    + " >$outside/lib/gconv-modules",
            "GCONV_PATH=$outside/lib LOCPATH=$outside/lib LANG=xx_XX.EVIL LC_ALL=xx_XX.EVIL NLSPATH=$outside/lib/%N ./updater",
            updated()),
    TERMINAL_IS_A_CONTROL_SEQUENCE(":", "TERM=$(printf '\\033[31m\\nPATH=%s' $outside) ./updater", updated()),
    FILE_SIZE_IS_LIMITED(":", "ulimit -f 128; ./updater", refused("a limit of file size")),
    PROCESSOR_TIME_IS_LIMITED(":", "ulimit -t 2; ./updater", refused("a limit of processor time")),
    OPEN_FILES_ARE_LIMITED(":", "ulimit -n 24; ./updater", refused("a limit of open files")),
    ADDRESS_SPACE_IS_LIMITED(":", "ulimit -v 100000; ./updater", refused("the virtual machine does not start")),
    DATA_IS_LIMITED(":", "ulimit -d 20000; ./updater", refused("the virtual machine does not start")),
    STACK_IS_LIMITED(":", "ulimit -s 256; ./updater", updated()),
    CORES_ARE_NOT_DUMPED(":", "ulimit -c 0; ./updater", updated()),
    SIGNALS_ARE_IGNORED(":", "trap '' HUP INT TERM PIPE USR1 CHLD; ./updater", updated());

    private final Script script;

    LaunchAttack(String plant, String launch, Expected expected) {
        script = new Script(plant, launch, expected);
    }

    @Override
    public Script script() {
        return script;
    }
}
