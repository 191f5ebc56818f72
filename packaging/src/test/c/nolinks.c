/*
 * A file system in user space that shows a directory as it is, and gives no file a second name: link(2) fails, as on many
 * of these file systems.
 *
 *     nolinks [-n] DIRECTORY ERRNO MOUNTPOINT [option of libfuse...]
 *
 * ERRNO is what link(2) fails with; real ones say EPERM, ENOSYS or EOPNOTSUPP.
 * With -n files have no numbers (st_ino) of their own: the library gives one out whenever a file is looked up that the
 * kernel has forgotten. Runs until it is unmounted.
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static int shown;
static int link_errno;
static int own_numbers = 1;

static int result(long value) {
    return value < 0 ? -errno : (int) value;
}

/* The path below the directory; "/" is the directory itself. */
static const char *below(const char *path) {
    return path[1] == '\0' ? "." : path + 1;
}

/* Calls that take no directory's descriptor get the path by way of one. */
static const char *whole(const char *path, char *room) {
    snprintf(room, PATH_MAX, "/proc/self/fd/%d/%s", shown, below(path));
    return room;
}

static void *begin(struct fuse_conn_info *connection, struct fuse_config *config) {
    (void) connection;
    config->use_ino = own_numbers;
    config->nullpath_ok = 1;
    config->hard_remove = 1;
    /* Others look at the same files, as on a file system that lies on a network. */
    config->entry_timeout = 0;
    config->attr_timeout = 0;
    config->negative_timeout = 0;
    return NULL;
}

static int no_getattr(const char *path, struct stat *stat, struct fuse_file_info *file) {
    return file != NULL ? result(fstat((int) file->fh, stat))
                        : result(fstatat(shown, below(path), stat, AT_SYMLINK_NOFOLLOW));
}

static int no_readlink(const char *path, char *room, size_t size) {
    ssize_t length = readlinkat(shown, below(path), room, size - 1);
    if (length < 0) {
        return -errno;
    }
    room[length] = '\0';
    return 0;
}

static int no_readdir(const char *path, void *list, fuse_fill_dir_t add, off_t offset, struct fuse_file_info *file,
        enum fuse_readdir_flags flags) {
    (void) path, (void) offset, (void) flags;
    int copy = openat((int) file->fh, ".", O_RDONLY | O_DIRECTORY);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (directory == NULL) {
        return -errno;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat stat = {.st_ino = entry->d_ino, .st_mode = DTTOIF(entry->d_type)};
        add(list, entry->d_name, &stat, 0, 0);
    }
    closedir(directory);
    return 0;
}

static int opened(int descriptor, struct fuse_file_info *file) {
    if (descriptor < 0) {
        return -errno;
    }
    file->fh = (uint64_t) descriptor;
    return 0;
}

static int no_open(const char *path, struct fuse_file_info *file) {
    return opened(openat(shown, below(path), file->flags & ~O_NOFOLLOW), file);
}

static int no_create(const char *path, mode_t mode, struct fuse_file_info *file) {
    int descriptor = openat(shown, below(path), file->flags, mode);
    struct fuse_context *caller = fuse_get_context();
    if (descriptor >= 0 && fchown(descriptor, caller->uid, caller->gid) != 0) {
        close(descriptor);
        return -errno;
    }
    return opened(descriptor, file);
}

static int no_opendir(const char *path, struct fuse_file_info *file) {
    return opened(openat(shown, below(path), O_RDONLY | O_DIRECTORY), file);
}

static int no_release(const char *path, struct fuse_file_info *file) {
    (void) path;
    return result(close((int) file->fh));
}

static int no_read(const char *path, char *room, size_t size, off_t offset, struct fuse_file_info *file) {
    (void) path;
    return result(pread((int) file->fh, room, size, offset));
}

static int no_write(const char *path, const char *bytes, size_t size, off_t offset, struct fuse_file_info *file) {
    (void) path;
    return result(pwrite((int) file->fh, bytes, size, offset));
}

static off_t no_lseek(const char *path, off_t offset, int whence, struct fuse_file_info *file) {
    (void) path;
    off_t found = lseek((int) file->fh, offset, whence);
    return found < 0 ? -errno : found;
}

static int no_fsync(const char *path, int data, struct fuse_file_info *file) {
    (void) path;
    return result(data ? fdatasync((int) file->fh) : fsync((int) file->fh));
}

static int no_flock(const char *path, struct fuse_file_info *file, int operation) {
    (void) path;
    return result(flock((int) file->fh, operation));
}

static int no_truncate(const char *path, off_t size, struct fuse_file_info *file) {
    char room[PATH_MAX];
    return file != NULL ? result(ftruncate((int) file->fh, size)) : result(truncate(whole(path, room), size));
}

/* What is made belongs to whoever made it. */
static int given(const char *path, int made) {
    struct fuse_context *caller = fuse_get_context();
    return made != 0 ? -errno
                     : result(fchownat(shown, below(path), caller->uid, caller->gid, AT_SYMLINK_NOFOLLOW));
}

static int no_mkdir(const char *path, mode_t mode) {
    return given(path, mkdirat(shown, below(path), mode));
}

static int no_mknod(const char *path, mode_t mode, dev_t device) {
    return given(path, mknodat(shown, below(path), mode, device));
}

static int no_symlink(const char *target, const char *path) {
    return given(path, symlinkat(target, shown, below(path)));
}

static int no_unlink(const char *path) {
    return result(unlinkat(shown, below(path), 0));
}

static int no_rmdir(const char *path) {
    return result(unlinkat(shown, below(path), AT_REMOVEDIR));
}

static int no_rename(const char *from, const char *to, unsigned int flags) {
    return result(renameat2(shown, below(from), shown, below(to), flags));
}

static int no_link(const char *from, const char *to) {
    (void) from, (void) to;
    return -link_errno;
}

static int no_chmod(const char *path, mode_t mode, struct fuse_file_info *file) {
    return file != NULL ? result(fchmod((int) file->fh, mode)) : result(fchmodat(shown, below(path), mode, 0));
}

static int no_chown(const char *path, uid_t user, gid_t group, struct fuse_file_info *file) {
    return file != NULL ? result(fchown((int) file->fh, user, group))
                        : result(fchownat(shown, below(path), user, group, AT_SYMLINK_NOFOLLOW));
}

static int no_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *file) {
    return file != NULL ? result(futimens((int) file->fh, times))
                        : result(utimensat(shown, below(path), times, AT_SYMLINK_NOFOLLOW));
}

static int no_statfs(const char *path, struct statvfs *room) {
    (void) path;
    return result(fstatvfs(shown, room));
}

static int no_setxattr(const char *path, const char *name, const char *value, size_t size, int flags) {
    char room[PATH_MAX];
    return result(lsetxattr(whole(path, room), name, value, size, flags));
}

static int no_getxattr(const char *path, const char *name, char *value, size_t size) {
    char room[PATH_MAX];
    return result(lgetxattr(whole(path, room), name, value, size));
}

static int no_listxattr(const char *path, char *names, size_t size) {
    char room[PATH_MAX];
    return result(llistxattr(whole(path, room), names, size));
}

static int no_removexattr(const char *path, const char *name) {
    char room[PATH_MAX];
    return result(lremovexattr(whole(path, room), name));
}

static const struct fuse_operations operations = {
    .init = begin,
    .getattr = no_getattr,
    .readlink = no_readlink,
    .readdir = no_readdir,
    .open = no_open,
    .create = no_create,
    .opendir = no_opendir,
    .release = no_release,
    .releasedir = no_release,
    .read = no_read,
    .write = no_write,
    .lseek = no_lseek,
    .fsync = no_fsync,
    .fsyncdir = no_fsync,
    .flock = no_flock,
    .truncate = no_truncate,
    .mkdir = no_mkdir,
    .mknod = no_mknod,
    .symlink = no_symlink,
    .unlink = no_unlink,
    .rmdir = no_rmdir,
    .rename = no_rename,
    .link = no_link,
    .chmod = no_chmod,
    .chown = no_chown,
    .utimens = no_utimens,
    .statfs = no_statfs,
    .setxattr = no_setxattr,
    .getxattr = no_getxattr,
    .listxattr = no_listxattr,
    .removexattr = no_removexattr,
};

int main(int count, char **arguments) {
    if (count > 1 && arguments[1][0] == '-' && arguments[1][1] == 'n') {
        own_numbers = 0;
        arguments[1] = arguments[0];
        arguments++;
        count--;
    }
    if (count < 4) {
        fprintf(stderr, "usage: %s [-n] DIRECTORY ERRNO MOUNTPOINT [OPTION...]\n", arguments[0]);
        return 2;
    }
    shown = open(arguments[1], O_PATH | O_DIRECTORY);
    if (shown < 0) {
        perror(arguments[1]);
        return 1;
    }
    link_errno = atoi(arguments[2]);
    umask(0);
    arguments[2] = arguments[0];
    return fuse_main(count - 2, arguments + 2, &operations, NULL);
}
