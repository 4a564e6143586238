/*
 * floor-devices: what the kernel alone charges for saying which devices a cgroup may use.
 *
 *   floor-devices list DIR COUNT             version 1: DIR is a cgroup of the devices hierarchy
 *   floor-devices program DIR COUNT FILTER   version 2: cgroups are made in DIR; FILTER has eBPF instructions
 *
 * One line of JSON comes out: the median of each operation in microseconds. The exit status is 0, or 1 with a
 * sentence on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "median.h"
#include "worker.h"

static const char kRule[] = "c 10:200 rwm";
static char allow_file[PATH_MAX], deny_file[PATH_MAX], list_file[PATH_MAX], child[PATH_MAX];
static char filter[1 << 16];
static size_t filter_size;

static _Noreturn void fail(const char* what) {
    fprintf(stderr, "floor-devices: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void path_in(char* path, const char* directory, const char* name) {
    if (snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX) return;
    errno = ENAMETOOLONG;
    fail(directory);
}

/* ---- version 1 */

static void write_rule(const char* path) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, kRule, sizeof kRule - 1) != sizeof kRule - 1) fail(path);
    close(fd);
}

static void amend(void) {
    write_rule(deny_file);
    write_rule(allow_file);
}

static void amend_on_worker(void) {
    on_worker(amend);
}

/* Until the end, as the size of such a file is not known before. */
static void read_list(void) {
    char text[8192];
    int fd = open(list_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(list_file);
    while (read(fd, text, sizeof text) > 0) {
    }
    close(fd);
}

/* ---- version 2: a cgroup takes 64 programs at most, so each is attached to one of its own */

static void make(void) {
    if (mkdir(child, 0755) != 0) fail(child);
}

static void attach(void) {
    int cgroup = open(child, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0) fail(child);
    union bpf_attr load = {
        .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
        .insns = (__u64)filter,
        .insn_cnt = (__u32)(filter_size / sizeof(struct bpf_insn)),
        .license = (__u64) "Apache-2.0",
    };
    int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
    if (program < 0) fail("bpf(BPF_PROG_LOAD)");
    union bpf_attr to = {
        .target_fd = (__u32)cgroup,
        .attach_bpf_fd = (__u32)program,
        .attach_type = BPF_CGROUP_DEVICE,
        .attach_flags = BPF_F_ALLOW_MULTI,
    };
    if (syscall(SYS_bpf, BPF_PROG_ATTACH, &to, sizeof to) != 0) fail("bpf(BPF_PROG_ATTACH)");
    close(program);
    close(cgroup);
}

static void take_away(void) {
    if (rmdir(child) != 0) fail(child);
}

static void attach_on_worker(void) {
    on_worker(attach);
}

static void read_filter(const char* path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, filter, sizeof filter);
    if (size < 0) fail(path);
    filter_size = (size_t)size;
    close(fd);
}

static void nothing(void) {}

static void trip(void) {
    on_worker(nothing);
}

int main(int argc, char** argv) {
    long count = argc >= 4 ? atol(argv[3]) : 0;
    int program = argc == 5 && strcmp(argv[1], "program") == 0;
    if (count < 1 || (!program && (argc != 4 || strcmp(argv[1], "list") != 0))) {
        fprintf(stderr, "usage: floor-devices list DIR COUNT | program DIR COUNT FILTER\n");
        return 1;
    }
    path_in(allow_file, argv[2], "devices.allow");
    path_in(deny_file, argv[2], "devices.deny");
    path_in(list_file, argv[2], "devices.list");
    path_in(child, argv[2], "floor");
    if (program) {
        read_filter(argv[4]);
        printf("{\"trip\":%.2f", median(trip, count));
        printf(",\"programOnWorker\":%.2f}\n", median_around(make, attach_on_worker, take_away, count));
        return 0;
    }
    printf("{\"trip\":%.2f", median(trip, count));
    printf(",\"list\":%.2f", median(read_list, count));
    printf(",\"amendOnWorker\":%.2f}\n", median(amend_on_worker, count));
    return 0;
}
