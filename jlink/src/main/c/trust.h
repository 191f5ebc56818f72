#ifndef UPDATER_TRUST_H
#define UPDATER_TRUST_H

#include <windows.h>

/* The longest path, in characters. */
#define LONGEST 32768

/*
 * What another user could have made or changed: an entry is trusted whose owner is the system, the administrators or this
 * process's own user, and whose access control list lets nobody else write to it, remove it or give it away. What an entry
 * of the list denies is not counted: that errs on the side of refusing.
 */

/* Returns whether "path" is trusted. With "above" others may add names to it, as in a directory with the sticky bit. */
BOOL trusted(const WCHAR *path, BOOL above);

/* Returns whether every directory from the root of the drive to "path" is trusted; sets "path" to the first that is not. */
BOOL trusted_way(WCHAR *path);

/*
 * Makes a directory that the system, the administrators and this user may enter, where there is none. Returns whether it is
 * there.
 */
BOOL make_private(const WCHAR *path);

/*
 * Copies a directory with all that is in it; every entry has to be trusted, and neither a link nor a junction. Returns whether
 * it succeeded; sets "from" to what was in the way.
 */
BOOL copy_tree(WCHAR *from, WCHAR *to);

/* Removes a directory with all that is in it, as far as that can be done. Follows nothing. */
void remove_tree(WCHAR *path);

#endif
