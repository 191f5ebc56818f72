package updater.transaction.prepare;

import java.io.IOException;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.Room;
import updater.transaction.context.UpdateContext;

/** The check that the service manager will read a new definition, which some do only while they have space of their own. */
record ReloadRoom(UpdateContext context) {
    private static final long MEBIBYTE = 1 << 20;

    /** @throws UpdateFailure.Refused with the bytes wanted and there, when the definition changes and there are too few */
    void require(DefinitionChange change) throws UpdateFailure.Refused {
        Optional<Room> wanted = context.service().roomForReload();
        if (wanted.isEmpty() || !(change instanceof DefinitionChange.ReplaceFile)) {
            return;
        }
        Room room = wanted.get();
        long free;
        try {
            free = context.disk().space(room.directory()).usableBytes();
        } catch (IOException e) {
            // The manager will say so itself.
            return;
        }
        if (free < room.bytes()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.NO_SPACE_FOR_RELOAD,
                    "the service manager would not read the new definition of " + context.serviceName() + ": "
                            + room.directory() + " has " + free + " bytes free, and it wants " + room.bytes() + " ("
                            + room.bytes() / MEBIBYTE + " MiB)",
                    "See what fills it with 'du -xm /run | sort -n | tail', or give it more: mount -o remount,size=64M /run");
        }
    }
}
