/*
 * floor-mounts: what the kernel alone charges for a mount, a lock, an attribute, an open: each with the bare
 * system calls that the library makes for it, one after the other, on one thread.
 *
 *   floor-mounts DIR COUNT USERNS
 *
 * DIR is a directory of its own, on a file system with user. attributes; USERNS is a user namespace with ID
 * maps. One line of JSON comes out: the median of each operation in microseconds. The exit status is 0, or 1
 * with a sentence on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "median.h"
#include "worker.h"

static char directory[PATH_MAX], target[PATH_MAX], source[PATH_MAX], file[PATH_MAX];
static char layers[3 * PATH_MAX];
static int root, user_namespace;

static _Noreturn void fail(const char* what) {
    fprintf(stderr, "floor-mounts: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void check(const char* what, long answer) {
    if (answer < 0) fail(what);
}

static void unmount(void) {
    check("umount2", syscall(SYS_umount2, target, 8 /* UMOUNT_NOFOLLOW */));
}

static void mount_tmpfs(void) {
    int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    check("fsopen", context);
    check("fsconfig", syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", "tmpfs", 0));
    check("fsconfig", syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "size", "64k", 0));
    check("fsconfig", syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
    int mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID);
    check("fsmount", mount);
    check("move_mount", syscall(SYS_move_mount, mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
    close(mount);
    close(context);
}

static void change(void) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
    check("mount_setattr",
          syscall(SYS_mount_setattr, AT_FDCWD, target, AT_RECURSIVE, &attributes, sizeof attributes));
}

/* Of lower layers alone: an upper one is written to the disk when it is unmounted. */
static void mount_overlay(void) {
    int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    check("fsopen", context);
    check("fsconfig", syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", "overlay", 0));
    check("fsconfig", syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "lowerdir", layers, 0));
    check("fsconfig", syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
    int mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
    check("fsmount", mount);
    check("move_mount", syscall(SYS_move_mount, mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
    close(mount);
    close(context);
}

static void bind_with(const struct mount_attr* attributes) {
    int mount = (int)syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    check("open_tree", mount);
    check("mount_setattr",
          syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, attributes, sizeof *attributes));
    check("move_mount", syscall(SYS_move_mount, mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
    close(mount);
}

static void bind(void) {
    bind_with(&(struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY});
}

static void bind_idmapped(void) {
    bind_with(&(struct mount_attr){.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace});
}

static void mount_and_unmount(void) {
    mount_tmpfs();
    unmount();
}

static void bind_and_unmount(void) {
    bind();
    unmount();
}

/* The same, each call a trip to a worker thread that waits for it. */
static void mount_and_unmount_on_worker(void) {
    on_worker(mount_tmpfs);
    on_worker(unmount);
}

static void bind_and_unmount_on_worker(void) {
    on_worker(bind);
    on_worker(unmount);
}

static void bind_idmapped_and_unmount_on_worker(void) {
    on_worker(bind_idmapped);
    on_worker(unmount);
}

static void mount_overlay_and_unmount_on_worker(void) {
    on_worker(mount_overlay);
    on_worker(unmount);
}

static void change_on_worker(void) {
    on_worker(change);
}

static void get_attribute(void);

static void get_attribute_on_worker(void) {
    on_worker(get_attribute);
}

static void lock(void) {
    int fd = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    check("open", fd);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    check("fcntl", fcntl(fd, F_OFD_SETLK, &range));
    struct stat held, named;
    check("fstat", fstat(fd, &held));
    check("stat", stat(file, &named));
    close(fd);
}

static void get_attribute(void) {
    char value[256];
    check("lgetxattr", lgetxattr(file, "user.bench", value, sizeof value));
}

static void set_attribute(void) {
    check("lsetxattr", lsetxattr(file, "user.bench", "value", 5, 0));
}

static void open_beneath(void) {
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int fd = (int)syscall(SYS_openat2, root, "source/deep/file", &how, sizeof how);
    check("openat2", fd);
    close(fd);
}

int main(int argc, char** argv) {
    long count = argc == 4 ? atol(argv[2]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: floor-mounts DIR COUNT USERNS\n");
        return 1;
    }
    snprintf(directory, sizeof directory, "%s", argv[1]);
    if (snprintf(target, sizeof target, "%s/target", argv[1]) >= PATH_MAX ||
        snprintf(source, sizeof source, "%s/source", argv[1]) >= PATH_MAX ||
        snprintf(file, sizeof file, "%s/source/deep/file", argv[1]) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        fail(argv[1]);
    }
    snprintf(layers, sizeof layers, "%s:%s/below", source, directory);
    root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    check("open", root);
    user_namespace = open(argv[3], O_RDONLY | O_CLOEXEC);
    check(argv[3], user_namespace);
    printf("{");
    const struct {
        const char* name;
        void (*operation)(void);
    } operations[] = {
        {"setXattr", set_attribute},
        {"getXattr", get_attribute},
        {"openBeneath", open_beneath},
        {"lock", lock},
        {"mount", mount_and_unmount},
        {"bind", bind_and_unmount},
        {"mountOnWorker", mount_and_unmount_on_worker},
        {"bindOnWorker", bind_and_unmount_on_worker},
        {"idmapOnWorker", bind_idmapped_and_unmount_on_worker},
        {"overlayOnWorker", mount_overlay_and_unmount_on_worker},
        {"getXattrOnWorker", get_attribute_on_worker},
    };
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        printf("%s\"%s\":%.2f", i == 0 ? "" : ",", operations[i].name,
               median(operations[i].operation, count));
    mount_tmpfs();
    printf(",\"changeOnWorker\":%.2f}\n", median(change_on_worker, count));
    unmount();
    return 0;
}
