/*
 * floor-identity: what the kernel alone charges for capabilities and ID maps.
 *
 *   floor-identity FILE COUNT
 *   floor-identity hold            the process that a user namespace is made with: ends with its standard
 * input
 *
 * FILE is a file of its own, on a file system with security. attributes. One line of JSON comes out: the
 * median of each operation in microseconds. The exit status is 0, or 1 with a sentence on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "median.h"
#include "worker.h"

static const char kAttribute[] = "security.capability";
static const char kMap[] = "0 100000 65536\n";
static const char* file;

static _Noreturn void fail(const char* what) {
    fprintf(stderr, "floor-identity: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void check(const char* what, long answer) {
    if (answer < 0) fail(what);
}

/* Until the end, as the size of such a file is not known before. */
static void read_file(const char* path) {
    char text[8192];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    check(path, fd);
    while (read(fd, text, sizeof text) > 0) {
    }
    close(fd);
}

static void write_file(const char* path, const char* text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    check(path, fd);
    check(path, write(fd, text, strlen(text)));
    close(fd);
}

/* ---- capabilities */

static void read_capabilities(void) {
    read_file("/proc/self/status");
}

static void get_capabilities(void) {
    char value[256];
    check("lgetxattr", lgetxattr(file, kAttribute, value, sizeof value));
}

static void set_capabilities(void) {
    struct vfs_cap_data value = {.magic_etc = VFS_CAP_REVISION_2, .data[0].permitted = 1 << 10};
    check("lsetxattr", lsetxattr(file, kAttribute, &value, sizeof value, 0));
}

static void get_capabilities_on_worker(void) {
    on_worker(get_capabilities);
}

static void set_capabilities_on_worker(void) {
    on_worker(set_capabilities);
}

/* ---- ID maps */

static int child = -1, held = -1;

static void write_maps(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/uid_map", child);
    write_file(path, kMap);
    snprintf(path, sizeof path, "/proc/%d/gid_map", child);
    write_file(path, kMap);
}

static void read_maps(void) {
    read_file("/proc/self/uid_map");
    read_file("/proc/self/gid_map");
}

static int wait_for_end(void* socket) {
    char* const arguments[] = {"floor-identity", "hold", NULL};
    char* const environment[] = {NULL};
    if (dup2(*(int*)socket, STDIN_FILENO) == STDIN_FILENO) execve("/proc/self/exe", arguments, environment);
    _exit(127);
}

/* As the library does: the memory is shared until the execve(2), so that it takes as long however much there
 * is. */
static void start_holder(void) {
    static char stack[16 << 10] __attribute__((aligned(16)));
    int ends[2];
    check("socketpair", socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
    child =
        clone(wait_for_end, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_NEWUSER | SIGCHLD, &ends[1]);
    check("clone", child);
    close(ends[1]);
    held = ends[0];
}

static void end_holder(void) {
    close(held);
    check("waitpid", waitpid(child, NULL, 0));
}

static void make_namespace(void) {
    char path[64];
    on_worker(start_holder);
    write_maps();
    snprintf(path, sizeof path, "/proc/%d/ns/user", child);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    check(path, namespace);
    end_holder();
    close(namespace);
}

int main(int argc, char** argv) {
    if (argc == 2 && strcmp(argv[1], "hold") == 0) {
        char byte;
        while (read(STDIN_FILENO, &byte, 1) > 0) {
        }
        return 0;
    }
    long count = argc == 3 ? atol(argv[2]) : 0;
    if (count < 10) {
        fprintf(stderr, "usage: floor-identity FILE COUNT\n");
        return 1;
    }
    file = argv[1];
    printf("{\"readCapabilities\":%.2f", median(read_capabilities, count));
    printf(",\"setFileCapabilities\":%.2f", median(set_capabilities_on_worker, count));
    printf(",\"getFile\":%.2f", median(get_capabilities, count));
    printf(",\"getFileCapabilities\":%.2f", median(get_capabilities_on_worker, count));
    printf(",\"readIdMaps\":%.2f", median(read_maps, count));
    printf(",\"writeIdMaps\":%.2f", median_around(start_holder, write_maps, end_holder, count / 10));
    printf(",\"makeUser\":%.2f}\n", median(make_namespace, count / 10));
    return 0;
}
