package updater.api;

import java.util.Locale;

/**
 * The kind of a refusal, by what an operator can do about it. Its text is in the log, on the console, in the report and in
 * {@code docs/runbook.md}, which has a section for each; no text ever changes its meaning.
 */
public enum RefusalCode {
    /** Home is not known, or is no directory that an agent can be installed in. */
    HOME_UNUSABLE,
    /** Another user could put something else in home's place. */
    HOME_UNTRUSTED,
    /** The updater lies in another home than the one it found. */
    OTHER_HOME,
    /** The state directory cannot be made or written. */
    STATE_DIRECTORY_UNUSABLE,
    /** Another user could change what is in the state directory. */
    STATE_DIRECTORY_UNTRUSTED,
    /** What this host remembers of releases is damaged. */
    TRUST_STATE_DAMAGED,
    /** The updater's directory in home is not its own. */
    WORK_DIRECTORY_FOREIGN,
    /** The runtime that the updater runs from is gone, or is none that can be installed. */
    RUNTIME_UNUSABLE,
    /** Another user could change what root would run. */
    RUNTIME_UNTRUSTED,
    /** An earlier update is unfinished. */
    UPDATE_UNFINISHED,
    /** An earlier update was unfinished, and has been brought to its end by this run. */
    EARLIER_UPDATE_ENDED,
    /** A newer updater left an unfinished update. */
    JOURNAL_OF_NEWER_UPDATER,
    /** The agent that started the update has given it up. */
    AGENT_GAVE_UP,
    /** An operator holds updates back. */
    HELD,
    /** The bundle has failed on this host as often as the product lets it. */
    FAILED_BEFORE,
    /** The new version has failed the rehearsal that its product asks for. */
    REHEARSAL_FAILED,
    /** The vendor's migration of a file of the operator has failed. */
    MIGRATION_FAILED,
    /** A hook of the vendor, which must succeed before the stop, has failed. */
    HOOK_FAILED,
    /** A hook that the product names is not in the bundle. */
    HOOK_MISSING,
    /** A signal asked the updater to end before the agent was stopped. */
    INTERRUPTED,
    /** A directory that files are placed in cannot be written by the updater. */
    NOT_WRITABLE,
    /** A flag of the file system keeps a file from being replaced, or a directory from being changed. */
    FILE_IMMUTABLE,
    /** There is not enough space, or there are not enough inodes. */
    NO_SPACE,
    /** The service manager would not read a new definition for want of space. */
    NO_SPACE_FOR_RELOAD,
    /** A package manager is changing the host, and owns what would be updated. */
    PACKAGE_MANAGER_BUSY,
    /** What the guard would run does not run. */
    GUARD_CANNOT_RUN,
    /** What the guard would run is on a file system that executes no programs. */
    GUARD_ON_NOEXEC,

    /** No service manager of this host is one that the product has a service for. */
    NO_SERVICE_MANAGER,
    /** The service has a name that its manager does not know as one. */
    SERVICE_NAME_INVALID,
    /** The service does not exist. */
    SERVICE_MISSING,
    /** An operator has forbidden to start the service. */
    SERVICE_DISABLED,
    /** The installed definition of the service cannot be used as it is. */
    SERVICE_BROKEN,
    /** The manager says that the service runs, and no process does. */
    SERVICE_UNCLEAR,
    /** The service belongs to an installation in another home. */
    SERVICE_OF_OTHER_HOME,
    /** Another service would start the agent in the middle of an update. */
    SERVICE_ACTIVATED,
    /** Stopping the service would end the updater as well. */
    STOP_ENDS_UPDATER,
    /** The service keeps what it starts in a sandbox, or under limits, in which no update can be made. */
    SANDBOXED,
    /** The status file is missing, or cannot be understood. */
    STATUS_FILE_UNUSABLE,

    /** There is no staged tree. */
    STAGED_TREE_MISSING,
    /** The staged tree holds nothing of the agent. */
    STAGED_TREE_EMPTY,
    /** The staged tree holds what no bundle may hold. */
    STAGED_TREE_INVALID,
    /** Another user could have changed what the update would run or give rights to. */
    STAGED_TREE_UNTRUSTED,
    /** Home has something else where the bundle has a file or a directory. */
    HOME_CONFLICT,
    /** A file with special rights and several names would be replaced. */
    PRIVILEGED_FILE_SHARED,
    /** The definition in the bundle cannot be used. */
    DEFINITION_INVALID,
    /** The definition in the bundle asks for an account, a program or a directory that this host does not have. */
    DEFINITION_UNMET,
    /** The place of the installed definition is none that a file can be put in. */
    DEFINITION_NOT_REPLACEABLE,

    /** An operator has taken the update to this bundle back. */
    TAKEN_BACK,
    /** There is no previous version to go back to. */
    NO_PREVIOUS_VERSION,

    /** The release has no statement, and the product demands one. */
    RELEASE_UNSIGNED,
    /** The release is not believed: signature, key or format is wrong. */
    RELEASE_NOT_BELIEVED,
    /** The release is older than one that was installed, or ruled out by its vendor. */
    RELEASE_TOO_OLD,
    /** What vouches for the release is too old, or of the future by this host's clock. */
    RELEASE_OUT_OF_DATE,
    /** The release is for another product or platform. */
    RELEASE_OF_OTHER_PRODUCT,
    /** The staged tree is not what the release's list of files says. */
    RELEASE_INCOMPLETE,

    /** The bundle is not there, or cannot be read. */
    BUNDLE_UNREADABLE,
    /** The bundle is still being written. */
    BUNDLE_IN_USE,
    /** The bundle's content or layout is wrong. */
    BUNDLE_INVALID,
    /** The request of an agent cannot be taken. */
    REQUEST_INVALID,
    /** There were too many requests. */
    REQUEST_LIMIT,

    /** This command is not there on this operating system. */
    NOT_ON_THIS_SYSTEM,
    /** A file could not be read or written. */
    DISK_FAILED,
    /** The service manager failed, or did not answer. */
    SERVICE_MANAGER_FAILED,
    /** The updater itself failed. */
    INTERNAL_ERROR;

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the code as it is shown, e.g. {@code service-missing}. */
    public String text() {
        return text;
    }
}
