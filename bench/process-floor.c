/*
 * process-floor: the bare system calls under the primitives for namespaces and processes, timed.
 *
 *   process-floor PID COUNT
 *
 * PID is a process in another network namespace. One line of JSON comes out: p50 of each row in microseconds.
 * What each row does is beside its function; bench/namespaces.mjs and bench/processes.mjs report ratios to
 * it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "worker.h"

static int net;
static int pid;

static _Noreturn void fail(const char* what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* ---- namespaces */

static int open_beneath(const char* path) {
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd < 0) fail("openat2");
    close(root);
    return fd;
}

/* setns(2) into a network namespace, open a file, back again: what an operation asks of the kernel. */
static void enter_and_open(void) {
    static int own = -1;
    if (own < 0) own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (setns(net, CLONE_NEWNET) != 0) fail("setns");
    close(open_beneath("/proc/thread-self/net/dev"));
    if (setns(own, CLONE_NEWNET) != 0) fail("setns");
}

static void throwaway(void) {
    if (unshare(CLONE_FS) != 0 || setns(net, CLONE_NEWNET) != 0) fail("setns");
    close(open_beneath("/proc/thread-self/net/dev"));
}

static void idle(void) {
    if (unshare(CLONE_FS) != 0) fail("unshare");
}

/* The same on a thread that ends after it, and a thread that does nothing in there: the hop. */
static void enter_and_open_on_thread(void) {
    on_thread(throwaway);
}
static void thread_hop(void) {
    on_thread(idle);
}

/* A new namespace, held by its descriptor. */
static void make(int type, const char* path) {
    if (unshare(CLONE_FS) != 0 || unshare(type) != 0) fail("unshare");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(path);
    close(fd);
}
static void make_net(void) {
    make(CLONE_NEWNET, "/proc/thread-self/ns/net");
}
static void make_uts(void) {
    make(CLONE_NEWUTS, "/proc/thread-self/ns/uts");
}
static void make_mnt(void) {
    make(CLONE_NEWNS, "/proc/thread-self/ns/mnt");
}
static void make_net_on_thread(void) {
    on_thread(make_net);
}
static void make_uts_on_thread(void) {
    on_thread(make_uts);
}
static void make_mnt_on_thread(void) {
    on_thread(make_mnt);
}

/* Open a namespace of a process, ask what it is. */
static void open_namespace(void) {
    char path[64];
    struct stat info;
    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, NS_GET_NSTYPE) < 0 || fstat(fd, &info) != 0) fail("open");
    if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) != 0) fail("pidfd_send_signal");
    close(fd);
    close(pidfd);
}

static void each_process(void (*visit)(int proc, const char* name)) {
    DIR* proc = opendir("/proc");
    struct dirent* entry;
    while ((entry = readdir(proc)) != NULL) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') visit(dirfd(proc), entry->d_name);
    }
    closedir(proc);
}

static const char* const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};

static void read_links(int proc, const char* name) {
    char path[300], target[64];
    struct stat info;
    fstatat(proc, name, &info, 0);
    snprintf(path, sizeof path, "%s/ns", name);
    int links = openat(proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)!readlinkat(links, names[i], target, sizeof target);
    close(links);
}

/* The namespace links of every process. */
static void list_namespaces(void) {
    each_process(read_links);
}

/* ---- processes */

static void read_text(int directory, const char* path) {
    char text[8192];
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    while (read(fd, text, sizeof text) > 0) continue;
    close(fd);
}

static void read_stat_of(int proc, const char* name) {
    char path[300];
    snprintf(path, sizeof path, "%s/stat", name);
    read_text(proc, path);
}

/* The stat of every process. */
static void list_processes(void) {
    each_process(read_stat_of);
}

static void read_stat(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    read_text(AT_FDCWD, path);
}
static void read_status(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    read_text(AT_FDCWD, path);
}

static void open_pidfd(void) {
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) fail("pidfd_open");
    close(pidfd);
}

static void send_signal(void) {
    static int pidfd = -1;
    if (pidfd < 0) pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) != 0) fail("pidfd_send_signal");
}

/* vfork, execve of /bin/true, wait for its end by pidfd, reap. */
static void spawn(void) {
    char* const arguments[] = {"true", NULL};
    char* const environment[] = {NULL};
    int child = vfork();
    if (child == 0) {
        execve("/bin/true", arguments, environment);
        _exit(127);
    }
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd ended = {pidfd, POLLIN, 0};
    poll(&ended, 1, -1);
    waitpid(child, NULL, 0);
    close(pidfd);
}

static int compare(const void* left, const void* right) {
    double difference = *(const double*)left - *(const double*)right;
    return (difference > 0) - (difference < 0);
}

static double median_of(double* times, int count) {
    qsort(times, (size_t)count, sizeof *times, compare);
    double middle = times[count / 2];
    free(times);
    return middle;
}

/* Two operations that are compared with each other take turns, as those of the library do. */
static void time_rows(const char* const names_of[2], void (*const functions[2])(void), int count) {
    double* times[2] = {malloc(sizeof(double) * (size_t)count), malloc(sizeof(double) * (size_t)count)};
    for (int i = -count / 10 - 1; i < count; i++) {
        for (int j = 0; j < 2; j++) {
            double begin = now();
            functions[j]();
            if (i >= 0) times[j][i] = now() - begin;
        }
    }
    for (int j = 0; j < 2; j++) printf("\"%s\":%.2f,", names_of[j], median_of(times[j], count));
}

static void time_row(const char* name, void (*function)(void), int count, const char* separator) {
    double* times = malloc(sizeof *times * (size_t)count);
    for (int i = -count / 10 - 1; i < count; i++) {
        double begin = now();
        function();
        if (i >= 0) times[i] = now() - begin;
    }
    printf("\"%s\":%.2f%s", name, median_of(times, count), separator);
}

int main(int argc, char** argv) {
    if (argc != 3) return fprintf(stderr, "usage: process-floor PID COUNT\n"), 64;
    pid = atoi(argv[1]);
    int count = atoi(argv[2]);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    net = open(path, O_RDONLY | O_CLOEXEC);
    if (net < 0) fail(path);
    printf("{");
    time_row("enterAndOpen", enter_and_open, count, ",");
    void (*const entering[])(void) = {enter_and_open_on_thread, thread_hop};
    time_rows((const char* const[]){"enterAndOpenOnThread", "threadHop"}, entering, count);
    time_row("makeNet", make_net_on_thread, count / 10 + 1, ",");
    time_row("makeUts", make_uts_on_thread, count / 10 + 1, ",");
    time_row("makeMnt", make_mnt_on_thread, count / 10 + 1, ",");
    time_row("openNamespace", open_namespace, count, ",");
    time_row("listNamespaces", list_namespaces, count / 20 + 1, ",");
    time_row("listProcesses", list_processes, count / 20 + 1, ",");
    time_row("stat", read_stat, count, ",");
    time_row("status", read_status, count, ",");
    time_row("pidfdOpen", open_pidfd, count, ",");
    time_row("signal", send_signal, count, ",");
    time_row("spawn", spawn, count / 4 + 1, "}\n");
    return 0;
}
