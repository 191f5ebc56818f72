#include "trust.h"

#include <aclapi.h>
#include <sddl.h>
#include <wchar.h>

#define ADDING (FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | GENERIC_WRITE | GENERIC_ALL)
#define TAKING (DELETE | FILE_DELETE_CHILD | WRITE_DAC | WRITE_OWNER | GENERIC_ALL)

/* Where nobody is administrator, home may be this user's own. */
static BOOL is_own(PSID sid)
{
    HANDLE token;
    union {
        TOKEN_USER user;
        BYTE bytes[SECURITY_MAX_SID_SIZE + sizeof(TOKEN_USER)];
    } of;
    DWORD size;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return FALSE;
    BOOL same = GetTokenInformation(token, TokenUser, &of, sizeof of, &size) && EqualSid(of.user.User.Sid, sid);
    CloseHandle(token);
    return same;
}

static BOOL is_trusted(PSID sid)
{
    /* The service that installs Windows owns what Windows brings along. */
    static const WCHAR *installer = L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
    WCHAR *text = NULL;
    BOOL same = ConvertSidToStringSidW(sid, &text) && !wcscmp(text, installer);
    if (text)
        LocalFree(text);
    return same || IsWellKnownSid(sid, WinLocalSystemSid) || IsWellKnownSid(sid, WinBuiltinAdministratorsSid)
           || is_own(sid);
}

static BOOL lets_others(PACL list, DWORD rights)
{
    /* No list at all lets everybody do everything. */
    if (!list)
        return TRUE;
    for (DWORD i = 0; i < list->AceCount; i++) {
        ACE_HEADER *entry;
        if (!GetAce(list, i, (void **)&entry))
            return TRUE;
        if (entry->AceFlags & INHERIT_ONLY_ACE)
            continue;
        if (entry->AceType == ACCESS_DENIED_ACE_TYPE)
            continue;
        ACCESS_ALLOWED_ACE *allowed = (ACCESS_ALLOWED_ACE *)entry;
        if (entry->AceType != ACCESS_ALLOWED_ACE_TYPE)
            return TRUE;
        if ((allowed->Mask & rights) && !is_trusted((PSID)&allowed->SidStart))
            return TRUE;
    }
    return FALSE;
}

BOOL trusted(const WCHAR *path, BOOL above)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_REPARSE_POINT))
        return FALSE;
    PSID owner = NULL;
    PACL list = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    DWORD failed = GetNamedSecurityInfoW((WCHAR *)path, SE_FILE_OBJECT,
                                         OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL, &list,
                                         NULL, &descriptor);
    BOOL good = !failed && owner && is_trusted(owner) && !lets_others(list, above ? TAKING : TAKING | ADDING);
    if (descriptor)
        LocalFree(descriptor);
    return good;
}

BOOL trusted_way(WCHAR *path)
{
    for (WCHAR *end = wcschr(path, L'\\'); end; end = wcschr(end + 1, L'\\')) {
        /* The root of a drive needs its separator. */
        WCHAR *cut = end[-1] == L':' ? end + 1 : end;
        WCHAR kept = *cut;
        *cut = 0;
        if (!trusted(path, TRUE))
            return FALSE;
        *cut = kept;
    }
    return trusted(path, FALSE);
}

BOOL make_private(const WCHAR *path)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, NULL, FALSE};
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)",
                                                              SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
        return FALSE;
    BOOL made = CreateDirectoryW(path, &attributes) || GetLastError() == ERROR_ALREADY_EXISTS;
    LocalFree(attributes.lpSecurityDescriptor);
    return made;
}

typedef BOOL (*visit)(WCHAR *from, WCHAR *to);

/* Calls "each" for every entry of a directory; "from" and "to" are longer by its name then, and stay so where it fails. */
static BOOL for_each(WCHAR *from, WCHAR *to, visit each)
{
    WIN32_FIND_DATAW found;
    size_t end = wcslen(from), target = wcslen(to);
    if (end + MAX_PATH + 2 > LONGEST || target + MAX_PATH + 2 > LONGEST)
        return FALSE;
    wcscpy(from + end, L"\\*");
    HANDLE search = FindFirstFileW(from, &found);
    from[end] = 0;
    if (search == INVALID_HANDLE_VALUE)
        return FALSE;
    BOOL good = TRUE;
    do {
        if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L".."))
            continue;
        from[end] = to[target] = L'\\';
        wcscpy(from + end + 1, found.cFileName);
        wcscpy(to + target + 1, found.cFileName);
        good = each(from, to);
        if (good)
            from[end] = to[target] = 0;
    } while (good && FindNextFileW(search, &found));
    FindClose(search);
    return good;
}

BOOL copy_tree(WCHAR *from, WCHAR *to)
{
    if (!trusted(from, FALSE))
        return FALSE;
    if (GetFileAttributesW(from) & FILE_ATTRIBUTE_DIRECTORY)
        return (CreateDirectoryW(to, NULL) || GetLastError() == ERROR_ALREADY_EXISTS) && for_each(from, to, copy_tree);
    return CopyFileW(from, to, TRUE);
}

static BOOL remove_entry(WCHAR *path, WCHAR *unused)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return TRUE;
    if (attributes & FILE_ATTRIBUTE_DIRECTORY) {
        if (!(attributes & FILE_ATTRIBUTE_REPARSE_POINT))
            for_each(path, unused, remove_entry);
        RemoveDirectoryW(path);
    } else {
        DeleteFileW(path);
    }
    return TRUE;
}

void remove_tree(WCHAR *path)
{
    static WCHAR unused[LONGEST];
    unused[0] = 0;
    remove_entry(path, unused);
}
