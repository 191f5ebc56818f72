package updater.app.host;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.app.host.StateDirectory.PathOwner;

/**
 * The access control list of a path in the terms of POSIX: what a trusted principal owns is root's; what another one may
 * delete, replace or give away is writable by others; and where others may only add names, as in {@code C:\ProgramData}, it
 * is as in a directory with the sticky bit.
 *
 * <p>The names of administrator groups are localised, so the trusted principals are those who may write to {@code
 * System32}.
 */
record WindowsAccess(Set<UserPrincipal> trusted) implements StateDirectory.PathAccess {
    private static final Set<AclEntryPermission> ADDING =
            EnumSet.of(AclEntryPermission.ADD_FILE, AclEntryPermission.ADD_SUBDIRECTORY);

    private static final Set<AclEntryPermission> TAKING = EnumSet.of(
            AclEntryPermission.DELETE,
            AclEntryPermission.DELETE_CHILD,
            AclEntryPermission.WRITE_ACL,
            AclEntryPermission.WRITE_OWNER);

    private static final int OWN = 0700;
    private static final int OTHERS_WRITE = 0002;
    private static final int STICKY = 01000;
    private static final long NOT_TRUSTED = 1;

    /** @param system32 the directory that only trusted principals may write to */
    static WindowsAccess of(Path system32) throws IOException {
        AclFileAttributeView view = view(system32);
        Set<UserPrincipal> trusted = new HashSet<>(Set.of(view.getOwner()));
        for (AclEntry entry : view.getAcl()) {
            if (allows(entry, ADDING)) {
                trusted.add(entry.principal());
            }
        }
        return new WindowsAccess(trusted);
    }

    private static AclFileAttributeView view(Path path) throws IOException {
        AclFileAttributeView view =
                Files.getFileAttributeView(path, AclFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (view == null) {
            throw new FileSystemException(path.toString(), null, "has no access control list; it must lie on NTFS");
        }
        return view;
    }

    /** An entry that is only inherited says nothing of the directory itself. */
    private static boolean allows(AclEntry entry, Set<AclEntryPermission> any) {
        return entry.type() == AclEntryType.ALLOW
                && !entry.flags().contains(AclEntryFlag.INHERIT_ONLY)
                && entry.permissions().stream().anyMatch(any::contains);
    }

    /** {@inheritDoc} A junction, which leads elsewhere as a link does, is no directory here. */
    @Override
    public Optional<PathOwner> at(Path path) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        AclFileAttributeView view = view(path);
        return Optional.of(new PathOwner(
                trusted.contains(view.getOwner()) ? 0 : NOT_TRUSTED,
                mode(view.getAcl()),
                attributes.isDirectory() && !attributes.isOther(),
                attributes.isSymbolicLink() ? Optional.of(Files.readSymbolicLink(path)) : Optional.empty()));
    }

    /** What an entry denies is not counted: that errs on the side of refusing. */
    private int mode(List<AclEntry> entries) {
        boolean adds = false;
        boolean takes = false;
        for (AclEntry entry : entries) {
            if (!trusted.contains(entry.principal())) {
                adds |= allows(entry, ADDING);
                takes |= allows(entry, TAKING);
            }
        }
        if (takes) {
            return OWN | OTHERS_WRITE;
        }
        return adds ? OWN | OTHERS_WRITE | STICKY : OWN;
    }

    /** {@inheritDoc} Only the trusted principals may enter one of this user's own. */
    @Override
    public void create(Path directory, boolean own) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // Another updater made it meanwhile; the check that follows judges it like any other.
            return;
        }
        if (own) {
            List<AclEntry> entries = new ArrayList<>();
            for (UserPrincipal principal : trusted) {
                entries.add(AclEntry.newBuilder()
                        .setType(AclEntryType.ALLOW)
                        .setPrincipal(principal)
                        .setPermissions(EnumSet.allOf(AclEntryPermission.class))
                        .setFlags(AclEntryFlag.FILE_INHERIT, AclEntryFlag.DIRECTORY_INHERIT)
                        .build());
            }
            view(directory).setAcl(entries);
        }
    }

    @Override
    public String repair(Path path, long owner) {
        return "Look at what is in it, then remove it, or take the rights of others away with 'icacls \"" + path
                + "\" /setowner SYSTEM' and 'icacls \"" + path + "\" /inheritance:r /grant:r SYSTEM:(OI)(CI)F'";
    }
}
