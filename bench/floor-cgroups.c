/*
 * floor-cgroups: what the kernel alone charges for a cgroup's files: opened, read or written once, closed.
 *
 *   floor-cgroups DIR COUNT
 *
 * DIR is a cgroup of its own in the hierarchy of the pids controller. One line of JSON comes out: the median
 * of each operation in microseconds. The exit status is 0, or 1 with a sentence on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "median.h"
#include "worker.h"

static char max_file[PATH_MAX], procs_file[PATH_MAX], child[PATH_MAX];

static _Noreturn void fail(const char* what) {
    fprintf(stderr, "floor-cgroups: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void write_limit(void) {
    int fd = open(max_file, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "100", 3) != 3) fail(max_file);
    close(fd);
}

/* Until the end, as the size of such a file is not known before. */
static void read_file(const char* path) {
    char text[8192];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(path);
    while (read(fd, text, sizeof text) > 0) {
    }
    close(fd);
}

static void read_limit(void) {
    read_file(max_file);
}

static void read_members(void) {
    read_file(procs_file);
}

static void make(void) {
    if (mkdir(child, 0755) != 0) fail(child);
}

static void take_away(void) {
    if (rmdir(child) != 0) fail(child);
}

static void make_and_remove(void) {
    make();
    take_away();
}

/* The same, each call a trip to a worker thread that waits for it. */
static void make_and_remove_on_worker(void) {
    on_worker(make);
    on_worker(take_away);
}

static void write_limit_on_worker(void) {
    on_worker(write_limit);
}

int main(int argc, char** argv) {
    long count = argc == 3 ? atol(argv[2]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: floor-cgroups DIR COUNT\n");
        return 1;
    }
    if (snprintf(max_file, sizeof max_file, "%s/pids.max", argv[1]) >= PATH_MAX ||
        snprintf(procs_file, sizeof procs_file, "%s/cgroup.procs", argv[1]) >= PATH_MAX ||
        snprintf(child, sizeof child, "%s/floor", argv[1]) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        fail(argv[1]);
    }
    printf("{\"write\":%.2f", median(write_limit, count));
    printf(",\"read\":%.2f", median(read_limit, count));
    printf(",\"members\":%.2f", median(read_members, count));
    printf(",\"create\":%.2f", median(make_and_remove, count));
    printf(",\"createOnWorker\":%.2f", median(make_and_remove_on_worker, count));
    printf(",\"writeOnWorker\":%.2f}\n", median(write_limit_on_worker, count));
    return 0;
}
