package updater.packaging;

import static updater.packaging.Attack.Expected.harmless;
import static updater.packaging.Attack.Expected.refused;
import static updater.packaging.Attack.Expected.rolledBack;
import static updater.packaging.Attack.Expected.updated;

/** What the owner of home has made of status file, log, report and PID file. */
enum RecordAttack implements Attack {
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
    LOG_FILE_CAN_BE_APPENDED_TO_ONLY("touch log/updater.log && chattr +a log/updater.log", harmless()),
    REPORT_IS_IMMUTABLE("touch log/updater-report.json && chattr +i log/updater-report.json", harmless()),
    STATUS_IS_LEASED(
            "{ timeout 30 /mnt/leases package_statuses.json </dev/null"
                    + " >$outside/held 2>&1 & } && until grep -q held $outside/held; do sleep 0.1; done",
            refused("a process holds a lease on it")),
    LOG_FILE_IS_LEASED(
            "echo x >log/updater.log && { timeout 30 /mnt/leases log/updater.log"
                    + " </dev/null >$outside/held 2>&1 & } && until grep -q held $outside/held; do sleep 0.1; done",
            harmless()),
    LOG_FILE_IS_HUGE("truncate -s 8G log/updater.log", updated()),
    LOG_FILE_IS_A_FULL_DEVICE("mknod log/updater.log c 1 7", updated()),
    LOG_FILE_IS_ANOTHERS("touch log/updater.log && chown 65533 log/updater.log && chmod 0 log/updater.log", updated()),
    REPORT_IS_A_DIRECTORY("mkdir -p log/updater-report.json/x", updated()),
    PID_FILE_IS_A_FIFO("rm log/agent.pid && mkfifo log/agent.pid", refused("/log/agent.pid")),
    PID_FILE_IS_HUGE("truncate -s 8G log/agent.pid", refused("agent.pid")),
    STATUS_IS_A_DANGLING_LINK("ln -sf $victim/created package_statuses.json", refused("the status file")),
    STATUS_IS_A_HARD_LINK_OF_A_SECRET(
            "ln -f $victim/file package_statuses.json", refused("the status file", "it is malformed")),
    STATUS_IS_NO_UTF8("printf '\\377\\376{}' >package_statuses.json", refused("the status file", "it is malformed")),
    STATUS_LETS_NOBODY_IN("chmod 0 package_statuses.json", rolledBack()),
    STATUS_HAS_SETUID_BITS("chmod 6755 package_statuses.json", rolledBack());

    private final Script script;

    RecordAttack(String plant, Expected expected) {
        script = new Script(plant, Script.AS_EVER, expected);
    }

    @Override
    public Script script() {
        return script;
    }
}
