/*
 * floor: runs containers with the bare system calls and measures them, from nothing to removed.
 *
 * It answers one question: what does the kernel alone charge for the work that a container engine must do?
 * There is no engine in it: no records that survive, no protocol, no choice that a user could make. An
 * engine's figure is reported as a ratio to this one.
 *
 *   floor --rootfs DIR --base DIR --cgroup-parent NAME --count N --parallel P --rest-ms M
 *         [--warmup W] [--seccomp FILE] [--variant full|bare] -- COMMAND [ARG...]
 *
 * One line of JSON comes out:
 * {"p50":ms,"p99":ms,"min":ms,"mean":ms,"perSecond":n,"count":n,"parallel":P,"restMs":M}. The exit status is
 * 0, or 1 with a sentence on standard error. bench/README.md says what each variant does.
 *
 * Who does what, and when (two processors work at once wherever two columns are filled):
 *
 *   parent                                   child
 *   mkdir run directory, cgroup2
 *   clone3 into the cgroup2
 *   mkdir the v1 cgroups                     mkdir upper and work, overlay, pivot_root, proc, dev, sys
 *   ready ---------------------------------> enter the v1 cgroups, cgroup namespace, cgroup mounts
 *   open and fill the log                    mask, confine, exec, exit
 *   wait, exit record, rmdir everything
 *
 * The kernel's side of each call: clone(2), cgroups(7), cgroup_namespaces(7), pivot_root(2), mount(2),
 * capabilities(7), seccomp(2), netdevice(7), and Documentation/filesystems/overlayfs.rst.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_HIERARCHIES = 32,
    MAX_WORKERS = 256,
    MAX_CONTAINERS = 1000000,
    MAX_REST_MS = 60000,
    /* The longest program that seccomp(2) takes (BPF_MAXINSNS). */
    MAX_FILTER = 4096,
    /* A cgroup may answer EBUSY for a moment after its last process was reaped. */
    REMOVE_ATTEMPTS = 2000,
    REMOVE_PAUSE_NS = 500000,
    /* What a container's init answers when it could not come as far as exec(2). */
    EXIT_SETUP_FAILED = 125,
};

/* ---- settings
 * ---------------------------------------------------------------------------------------------------- */

static struct {
    char rootfs[PATH_MAX];
    const char* base;
    const char* cgroup_parent;
    const char* seccomp_file;
    char** command;
    long count, parallel, rest_ms, warmup;
    bool bare;
} settings = {.warmup = 5};

static struct sock_filter filter_code[MAX_FILTER];
static struct sock_fprog filter = {0, filter_code};

/* ---- failures
 * ---------------------------------------------------------------------------------------------------- */

/* Prints one sentence. Callers that have something to remove go on to remove it. */
__attribute__((format(printf, 1, 2))) static bool complain(const char* format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* In one write, or the sentences of several workers would run into each other. */
    dprintf(STDERR_FILENO, "floor: %s\n", text);
    return false;
}

/*
 * What a child that failed leaves for its parent; also the flag on which it waits for its cgroups. One per
 * worker, in shared memory. `step` points to a literal, which has the same address in both, as the child is a
 * copy of the parent.
 */
struct handover {
    _Atomic uint32_t cgroups_ready;
    const char* step;
    int error;
    char object[256];
};

static struct handover* handover;

static _Noreturn void give_up(const char* step, const char* object) {
    handover->error = errno;
    handover->step = step;
    snprintf(handover->object, sizeof handover->object, "%s", object);
    _exit(EXIT_SETUP_FAILED);
}

/* ---- cgroups: hierarchies, and the one parent per run
 * ------------------------------------------------------------ */

struct hierarchy {
    char mount_point[PATH_MAX];
    /* What mount(2) wants in order to show the same hierarchy: "cpu,cpuacct", "name=systemd". Empty for
     * cgroup2. */
    char options[256];
    unsigned major, minor;
    /* The parent directory of this run, and whether it was made. */
    int parent_fd;
    bool made;
};

static struct hierarchy v1[MAX_HIERARCHIES];
static size_t v1_count;
static struct hierarchy v2;
static bool has_v2;

static const char* base_name(const char* path) {
    const char* slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Keeps the super options that choose a v1 hierarchy; the rest belongs to the mount that was found. */
static void keep_choosing_options(char* to, size_t size, char* super_options) {
    size_t used = 0;
    char* rest = NULL;
    to[0] = '\0';
    for (char* one = strtok_r(super_options, ",\n", &rest); one; one = strtok_r(NULL, ",\n", &rest)) {
        if (!strcmp(one, "rw") || !strcmp(one, "ro") || !strncmp(one, "release_agent=", 14)) continue;
        used += (size_t)snprintf(to + used, size - used, "%s%s", used ? "," : "", one);
        if (used >= size) used = size - 1;
    }
}

/* Reads /proc/self/mountinfo, proc_pid_mountinfo(5): "36 35 98:0 /root /point options [tag...] - type source
 * super". */
static bool find_hierarchies(void) {
    FILE* file = fopen("/proc/self/mountinfo", "re");
    if (!file) return complain("cannot open /proc/self/mountinfo: %s.", strerror(errno));
    char* line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) > 0) {
        struct hierarchy found = {.parent_fd = -1};
        char root[PATH_MAX], type[64], super_options[256];
        char* dash = strstr(line, " - ");
        if (!dash || sscanf(dash, " - %63s %*s %255[^\n]", type, super_options) != 2) continue;
        if (strcmp(type, "cgroup") && strcmp(type, "cgroup2")) continue;
        if (sscanf(line, "%*d %*d %u:%u %4095s %4095s", &found.major, &found.minor, root,
                   found.mount_point) != 4) {
            continue;
        }
        if (!strcmp(type, "cgroup2")) {
            if (!has_v2) v2 = found;
            has_v2 = true;
            continue;
        }
        bool seen = false;
        for (size_t i = 0; i < v1_count; i++)
            seen |= v1[i].major == found.major && v1[i].minor == found.minor;
        if (seen || v1_count == MAX_HIERARCHIES) continue;
        keep_choosing_options(found.options, sizeof found.options, super_options);
        v1[v1_count++] = found;
    }
    free(line);
    fclose(file);
    if (v1_count || has_v2) return true;
    return complain("no cgroup file system is mounted; mount one, or use --variant bare.");
}

static bool write_at(int directory, const char* name, const char* text) {
    int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool written = write(fd, text, strlen(text)) >= 0;
    int error = errno;
    close(fd);
    errno = error;
    return written;
}

static ssize_t read_at(int directory, const char* name, char* text, size_t size) {
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    if (length >= 0) text[length] = '\0';
    return length;
}

/*
 * A new cpuset has neither processors nor memory nodes, and no process may enter it. The parent takes those
 * of the hierarchy's root, and `clone_children` hands them to each child as it is made, which spares two
 * writes per container.
 */
static bool fill_cpuset(int root_fd, int parent_fd) {
    static const char* const files[] = {"cpuset.cpus", "cpuset.mems"};
    char text[4096];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (read_at(root_fd, files[i], text, sizeof text) < 0 || !write_at(parent_fd, files[i], text))
            return false;
    }
    return write_at(parent_fd, "cgroup.clone_children", "1");
}

/* On a pure cgroup2 machine a container's cgroup has the controllers that an engine would set limits with. */
static void delegate_controllers(int parent_fd) {
    char text[512], order[80];
    if (read_at(parent_fd, "cgroup.controllers", text, sizeof text) < 0) return;
    char* rest = NULL;
    for (char* one = strtok_r(text, " \n", &rest); one; one = strtok_r(NULL, " \n", &rest)) {
        /* One at a time: a controller that refuses (cpu does, with real-time processes) must not cost the
         * others. */
        snprintf(order, sizeof order, "+%s", one);
        (void)write_at(parent_fd, "cgroup.subtree_control", order);
    }
}

static bool make_parent(struct hierarchy* at) {
    int root_fd = open(at->mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0) return complain("cannot open %s: %s.", at->mount_point, strerror(errno));
    bool good = mkdirat(root_fd, settings.cgroup_parent, 0755) == 0;
    if (!good) {
        complain("cannot make the cgroup %s/%s: %s; give a --cgroup-parent that does not exist yet.",
                 at->mount_point, settings.cgroup_parent, strerror(errno));
    } else {
        at->made = true;
        at->parent_fd = openat(root_fd, settings.cgroup_parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        good = at->parent_fd >= 0;
        if (good && !strcmp(at->options, "cpuset")) good = fill_cpuset(root_fd, at->parent_fd);
        if (good && at == &v2 && v1_count == 0) delegate_controllers(at->parent_fd);
        if (!good)
            complain("cannot prepare the cgroup %s/%s: %s.", at->mount_point, settings.cgroup_parent,
                     strerror(errno));
    }
    close(root_fd);
    return good;
}

static bool make_parents(void) {
    for (size_t i = 0; i < v1_count; i++) {
        if (!make_parent(&v1[i])) return false;
    }
    return !has_v2 || make_parent(&v2);
}

static bool remove_cgroup(int directory, const char* name) {
    for (int attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++) {
        if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
        if (errno != EBUSY) return false;
        nanosleep(&(struct timespec){.tv_nsec = REMOVE_PAUSE_NS}, NULL);
    }
    errno = EBUSY;
    return false;
}

static bool remove_parent(struct hierarchy* at) {
    char path[PATH_MAX + 256];
    if (!at->made) return true;
    snprintf(path, sizeof path, "%s/%s", at->mount_point, settings.cgroup_parent);
    if (remove_cgroup(AT_FDCWD, path)) return true;
    return complain("cannot remove the cgroup %s: %s; remove it by hand.", path, strerror(errno));
}

static bool remove_parents(void) {
    bool good = true;
    for (size_t i = 0; i < v1_count; i++) good &= remove_parent(&v1[i]);
    if (has_v2) good &= remove_parent(&v2);
    return good;
}

/* ---- the child: from clone3 to exec
 * ------------------------------------------------------------------------------ */

struct container {
    char id[64];
    int directory_fd;
    int output[2];
    pid_t pid;
};

static void attach(const char* source, const char* target, const char* type, unsigned long flags,
                   const char* data) {
    if (mount(source, target, type, flags, data) < 0) give_up("mount", target);
}

/*
 * The overlay is mounted by the child, over its own lower directory: that needs no mount point of its own, no
 * mount on the host, and no hand-over. After pivot_root all paths are short and the host's mounts are gone.
 *
 * `volatile`: without it the end of the mount syncs the whole file system that holds the upper directory, and
 * what a removed container wrote is of no use after a crash.
 */
static void enter_root(const struct container* self) {
    char data[3 * PATH_MAX];
    if (mkdirat(self->directory_fd, "upper", 0755) < 0) give_up("make the directory", "upper");
    if (mkdirat(self->directory_fd, "work", 0700) < 0) give_up("make the directory", "work");
    snprintf(data, sizeof data, "lowerdir=%s,upperdir=%s/%s/upper,workdir=%s/%s/work,volatile",
             settings.rootfs, settings.base, self->id, settings.base, self->id);
    /* First of all: or the mounts below would also appear on the host. */
    attach(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
    attach("overlay", settings.rootfs, "overlay", 0, data);
    if (chdir(settings.rootfs) < 0) give_up("enter", settings.rootfs);
    /* The old root comes to lie over the new one at the same place, so that it needs no directory inside;
     * then it goes. */
    if (syscall(SYS_pivot_root, ".", ".") < 0) give_up("pivot_root", settings.rootfs);
    if (umount2(".", MNT_DETACH) < 0) give_up("unmount", "the old root");
    if (chdir("/") < 0) give_up("enter", "/");
}

static void make_devices(void) {
    static const struct {
        const char* path;
        unsigned major, minor;
    } nodes[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
                 {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};
    static const char* const links[][2] = {
        {"/proc/self/fd", "/dev/fd"},       {"/proc/self/fd/0", "/dev/stdin"},
        {"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"},
        {"/proc/kcore", "/dev/core"},       {"pts/ptmx", "/dev/ptmx"}};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        if (mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) < 0) {
            give_up("make the device", nodes[i].path);
        }
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        if (symlink(links[i][0], links[i][1]) < 0) give_up("make the link", links[i][1]);
    }
}

/* The default mounts of podman, with its options (podman-run(1); specgen's defaults). */
static void mount_defaults(void) {
    attach("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    attach("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    static const char* const places[] = {"/dev/pts", "/dev/shm", "/dev/mqueue"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (mkdir(places[i], 0755) < 0) give_up("make the directory", places[i]);
    }
    make_devices();
    attach("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
           "newinstance,ptmxmode=0666,mode=0620,gid=5");
    if (settings.bare) return;
    attach("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=64m");
    attach("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    attach("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
}

/*
 * The child moves itself, by its thread, through `tasks`. The kernel can do that without waiting for a grace
 * period; the parent's write of a number to `cgroup.procs` costs 7 to 12 ms after a rest. The descriptors of
 * the parents were opened before the clone: they outlive the old root.
 */
static void enter_cgroups(const struct container* self) {
    char path[96];
    while (!atomic_load(&handover->cgroups_ready)) {
        syscall(SYS_futex, &handover->cgroups_ready, FUTEX_WAIT, 0, NULL, NULL, 0);
    }
    snprintf(path, sizeof path, "%s/tasks", self->id);
    for (size_t i = 0; i < v1_count; i++) {
        if (!write_at(v1[i].parent_fd, path, "0")) give_up("enter the cgroup", v1[i].mount_point);
    }
    /* After the entry: the namespace's root is where its maker stands. */
    if (unshare(CLONE_NEWCGROUP) < 0) give_up("unshare", "the cgroup namespace");
}

static void mount_cgroups(void) {
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (v1_count == 0) {
        attach("cgroup", "/sys/fs/cgroup", "cgroup2", flags | MS_RDONLY, NULL);
        return;
    }
    attach("cgroup", "/sys/fs/cgroup", "tmpfs", flags, "mode=755");
    if (chdir("/sys/fs/cgroup") < 0) give_up("enter", "/sys/fs/cgroup");
    for (size_t i = 0; i < v1_count; i++) {
        const char* name = base_name(v1[i].mount_point);
        if (mkdir(name, 0755) < 0) give_up("make the directory", name);
        attach("cgroup", name, "cgroup", flags | MS_RDONLY, v1[i].options);
    }
    attach(NULL, "/sys/fs/cgroup", NULL, flags | MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

/* podman's lists. Which of them exist depends on the kernel, so a missing one is passed over. */
static void hide_paths(void) {
    static const char* const files[] = {"/proc/kcore",      "/proc/keys",        "/proc/latency_stats",
                                        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug"};
    static const char* const directories[] = {"/proc/acpi", "/proc/scsi", "/sys/firmware", "/sys/fs/selinux",
                                              "/sys/dev/block"};
    static const char* const readonly[] = {"/proc/asound", "/proc/bus", "/proc/fs",
                                           "/proc/irq",    "/proc/sys", "/proc/sysrq-trigger"};
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (mount("/dev/null", files[i], NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
            give_up("mask", files[i]);
    }
    /* One empty, read-only tmpfs serves all directories: a bind is cheaper than another file system. */
    const char* empty = NULL;
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        int failed = empty ? mount(empty, directories[i], NULL, MS_BIND, NULL)
                           : mount("tmpfs", directories[i], "tmpfs", flags, "size=0k");
        if (failed && errno != ENOENT) give_up("mask", directories[i]);
        if (!failed && !empty) empty = directories[i];
    }
    for (size_t i = 0; i < sizeof readonly / sizeof *readonly; i++) {
        if (mount(readonly[i], readonly[i], NULL, MS_BIND, NULL) < 0) {
            if (errno == ENOENT) continue;
            give_up("bind", readonly[i]);
        }
        attach(NULL, readonly[i], NULL, MS_REMOUNT | MS_BIND | flags, NULL);
    }
}

static void raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) give_up("raise the interface", "lo");
    close(fd);
}

/*
 * The order matters: dropping from the bounding set wants CAP_SETPCAP, a filter without no_new_privs wants
 * CAP_SYS_ADMIN, and capset takes both away.
 */
static void confine(void) {
    static const unsigned kept[] = {CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FSETID,    CAP_FOWNER,
                                    CAP_SETGID,  CAP_SETUID,           CAP_SETPCAP,   CAP_KILL,
                                    CAP_SETFCAP, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT};
    uint64_t mask = 0;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) mask |= UINT64_C(1) << kept[i];
    for (unsigned capability = 0; capability < 64; capability++) {
        if (mask >> capability & 1) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
            if (errno == EINVAL) break; /* Beyond the last one that this kernel knows. */
            give_up("drop from", "the bounding set");
        }
    }
    if (filter.len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0) {
        give_up("install the filter", settings.seccomp_file);
    }
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = (uint32_t)mask, .permitted = (uint32_t)mask},
                                             {.effective = mask >> 32, .permitted = mask >> 32}};
    if (syscall(SYS_capset, &header, data) < 0) give_up("set", "the capabilities");
}

static _Noreturn void run_child(const struct container* self) {
    static char* const environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                        "HOME=/root", "container=floor", NULL};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) give_up("set", "the parent-death signal");
    /* What a shell or supervisor left open without close-on-exec must not reach the container. */
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) give_up("close", "the descriptors");
    umask(0);
    enter_root(self);
    mount_defaults();
    if (!settings.bare) {
        enter_cgroups(self);
        mount_cgroups();
        hide_paths();
    }
    if (sethostname(self->id, strlen(self->id)) < 0) give_up("set", "the host name");
    raise_loopback();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int output = settings.bare ? null : self->output[1];
    if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
        give_up("set", "the streams");
    if (chdir("/") < 0) give_up("enter", "/");
    umask(022);
    if (!settings.bare) confine();
    execvpe(settings.command[0], settings.command, environment);
    give_up("execute", settings.command[0]);
}

/* ---- the parent: one container from nothing to removed
 * ----------------------------------------------------------- */

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t current_child;
static int base_fd = -1;

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Removes a directory and what is in it. The empty directory, which is the usual one, costs one call. */
static bool remove_tree(int at, const char* name) {
    if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    if (errno != ENOTEMPTY && errno != EEXIST) return false;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR* directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        if (fd >= 0) close(fd);
        return false;
    }
    bool good = true;
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (entry->d_type != DT_DIR && unlinkat(fd, entry->d_name, 0) == 0) continue;
        good &= remove_tree(fd, entry->d_name);
    }
    closedir(directory);
    return good && unlinkat(at, name, AT_REMOVEDIR) == 0;
}

static bool make_v1_cgroups(const struct container* self) {
    for (size_t i = 0; i < v1_count; i++) {
        if (mkdirat(v1[i].parent_fd, self->id, 0755) < 0) {
            return complain("cannot make a cgroup in %s: %s.", v1[i].mount_point, strerror(errno));
        }
    }
    atomic_store(&handover->cgroups_ready, 1);
    syscall(SYS_futex, &handover->cgroups_ready, FUTEX_WAKE, 1, NULL, NULL, 0);
    return true;
}

static pid_t clone_child(const struct container* self, int cgroup_fd) {
    struct clone_args arguments = {
        .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET,
        .exit_signal = SIGCHLD,
    };
    if (cgroup_fd >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)cgroup_fd;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0) run_child(self);
    return pid;
}

static bool drain(const struct container* self) {
    char buffer[65536];
    int log = openat(self->directory_fd, "log", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (log < 0) return complain("cannot make the log of %s: %s.", self->id, strerror(errno));
    bool good = true;
    for (ssize_t length; (length = read(self->output[0], buffer, sizeof buffer)) != 0;) {
        if (length < 0 && errno == EINTR) continue;
        if (length < 0 || write(log, buffer, (size_t)length) != length) {
            good = complain("cannot keep the output of %s: %s.", self->id, strerror(errno));
            break;
        }
    }
    close(log);
    return good;
}

/* A reader must see the whole record or none: hence the name beside it, and the rename. */
static bool record_exit(const struct container* self, int status) {
    char text[160];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int length = snprintf(text, sizeof text, "{\"code\":%d,\"signal\":%d,\"finishedAt\":%lld.%09ld}\n",
                          WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                          WIFSIGNALED(status) ? WTERMSIG(status) : 0, (long long)now.tv_sec, now.tv_nsec);
    int fd = openat(self->directory_fd, "exit.new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, text, (size_t)length) == length;
    if (fd >= 0) close(fd);
    good = good && renameat(self->directory_fd, "exit.new", self->directory_fd, "exit") == 0;
    return good || complain("cannot record the exit of %s: %s.", self->id, strerror(errno));
}

static bool judge(int status) {
    if (handover->step) {
        return complain("cannot %s %s in the container: %s.", handover->step, handover->object,
                        strerror(handover->error));
    }
    if (interrupted) return complain("interrupted.");
    if (WIFSIGNALED(status))
        return complain("the command was ended by signal %d; give one that succeeds.", WTERMSIG(status));
    if (WEXITSTATUS(status) == 0) return true;
    return complain("the command ended with status %d; give one that succeeds.", WEXITSTATUS(status));
}

/* Removes all that there may be of a container, also of one that was made by half. */
static bool remove_container(const struct container* self) {
    bool good = true;
    if (!settings.bare) {
        for (size_t i = 0; i < v1_count; i++) good &= remove_cgroup(v1[i].parent_fd, self->id);
        if (has_v2) good &= remove_cgroup(v2.parent_fd, self->id);
    }
    if (!good) complain("cannot remove a cgroup of %s: %s; remove it by hand.", self->id, strerror(errno));
    if (self->directory_fd < 0) return good;
    unlinkat(self->directory_fd, "exit", 0);
    unlinkat(self->directory_fd, "log", 0);
    remove_tree(self->directory_fd, "upper");
    unlinkat(self->directory_fd, "work/work/incompat/volatile", AT_REMOVEDIR);
    unlinkat(self->directory_fd, "work/work/incompat", AT_REMOVEDIR);
    unlinkat(self->directory_fd, "work/work", AT_REMOVEDIR);
    remove_tree(self->directory_fd, "work");
    close(self->directory_fd);
    if (remove_tree(base_fd, self->id)) return good;
    return complain("cannot remove %s/%s: %s; remove it by hand.", settings.base, self->id, strerror(errno));
}

/* Once everything that the child needs is open. Answers whether the container ran and its command succeeded.
 */
static bool run_child_to_end(struct container* self, int cgroup_fd) {
    handover->step = NULL;
    atomic_store(&handover->cgroups_ready, 0);
    self->pid = clone_child(self, cgroup_fd);
    if (self->pid < 0) return complain("clone3 failed: %s; this needs root.", strerror(errno));
    current_child = self->pid;
    bool good = true;
    if (!settings.bare) {
        close(self->output[1]);
        self->output[1] = -1;
        good = make_v1_cgroups(self) && drain(self);
        if (!good) kill(self->pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(self->pid, &status, 0) < 0 && errno == EINTR) continue;
    current_child = 0;
    good = good && judge(status);
    return good && (settings.bare || record_exit(self, status));
}

static bool run_container(struct container* self) {
    int cgroup_fd = -1;
    self->directory_fd = -1;
    self->output[0] = self->output[1] = -1;
    bool good = mkdirat(base_fd, self->id, 0700) == 0;
    good = good && (self->directory_fd = openat(base_fd, self->id, O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0;
    if (!good) complain("cannot make %s/%s: %s.", settings.base, self->id, strerror(errno));
    if (good && !settings.bare) {
        good = pipe2(self->output, O_CLOEXEC) == 0;
        if (good && has_v2) {
            good = mkdirat(v2.parent_fd, self->id, 0755) == 0;
            good =
                good && (cgroup_fd = openat(v2.parent_fd, self->id, O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0;
        }
        if (!good) complain("cannot make the pipe or the cgroup of %s: %s.", self->id, strerror(errno));
    }
    good = good && run_child_to_end(self, cgroup_fd);
    if (cgroup_fd >= 0) close(cgroup_fd);
    if (self->output[0] >= 0) close(self->output[0]);
    if (self->output[1] >= 0) close(self->output[1]);
    return remove_container(self) && good;
}

/* ---- workers
 * ----------------------------------------------------------------------------------------------------- */

static pid_t workers[MAX_WORKERS];
static volatile sig_atomic_t worker_count;

/* In a worker: the container at hand is ended and removed in the ordinary way, and none follows. */
static void end_child(int signal_number) {
    (void)signal_number;
    interrupted = 1;
    if (current_child > 0) kill(current_child, SIGKILL);
}

static void end_workers(int signal_number) {
    (void)signal_number;
    interrupted = 1;
    for (int i = 0; i < worker_count; i++) kill(workers[i], SIGTERM);
}

static void on_interrupt(void (*handler)(int)) {
    const struct sigaction action = {.sa_handler = handler};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/*
 * Runs the warm-up, tells `ready`, waits until `go` is closed, then measures. `go` makes all workers start at
 * once, so that the wall time is of P workers throughout.
 */
static int run_worker(long number, long count, double* latencies, int ready, int go) {
    on_interrupt(end_child);
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    handover = mmap(NULL, sizeof *handover, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (handover == MAP_FAILED) return !complain("no memory for a worker: %s.", strerror(errno));
    const struct timespec rest = {settings.rest_ms / 1000, settings.rest_ms % 1000 * 1000000};
    struct container self = {.pid = 0};
    char byte = 0;
    for (long i = 0; i < settings.warmup + count && !interrupted; i++) {
        if (i == settings.warmup && (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 0)) return 1;
        if (settings.rest_ms) nanosleep(&rest, NULL);
        snprintf(self.id, sizeof self.id, "floor-%d-%ld-%ld", getppid(), number, i);
        double begin = now_ms();
        if (!run_container(&self)) return 1;
        if (i >= settings.warmup) latencies[i - settings.warmup] = now_ms() - begin;
    }
    return interrupted ? 1 : 0;
}

/* Answers the wall time in ms from the moment when all workers were ready, or a negative number after a
 * failure. */
static double run_workers(double* latencies) {
    int go[2], ready[MAX_WORKERS];
    bool good = pipe2(go, O_CLOEXEC) == 0;
    if (!good) complain("cannot make a pipe: %s.", strerror(errno));
    long first = 0;
    for (long i = 0; good && i < settings.parallel; i++) {
        long count = settings.count / settings.parallel + (i < settings.count % settings.parallel);
        int report[2];
        pid_t pid = pipe2(report, O_CLOEXEC) == 0 ? fork() : -1;
        if (pid == 0) {
            close(go[1]);
            _exit(run_worker(i, count, latencies + first, report[1], go[0]));
        }
        good = pid > 0;
        if (!good) {
            complain("cannot start worker %ld: %s.", i + 1, strerror(errno));
            break;
        }
        close(report[1]);
        ready[i] = report[0];
        workers[i] = pid;
        worker_count = (int)i + 1;
        first += count;
    }
    char byte;
    for (int i = 0; good && i < worker_count; i++) {
        ssize_t length;
        while ((length = read(ready[i], &byte, 1)) < 0 && errno == EINTR && !interrupted) continue;
        good = length == 1;
    }
    if (!good) end_workers(0);
    double begin = now_ms();
    if (worker_count) close(go[1]);
    for (int i = 0; i < worker_count; i++) {
        int status;
        while (waitpid(workers[i], &status, 0) < 0 && errno == EINTR) continue;
        /* One that failed makes the measurement void: the others need not go on. */
        if (status && good) end_workers(0);
        good = good && status == 0;
    }
    return good ? now_ms() - begin : -1;
}

/* ---- command line
 * ------------------------------------------------------------------------------------------------ */

static bool number(const char* option, const char* text, long low, long high, long* to) {
    char* end;
    errno = 0;
    *to = strtol(text, &end, 10);
    if (!errno && end != text && !*end && *to >= low && *to <= high) return true;
    return complain("--%s %s is not a whole number from %ld to %ld.", option, text, low, high);
}

/* Raw `struct sock_filter`s (linux/filter.h), in the byte order of this machine, and nothing else. */
static bool load_filter(const char* path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return complain("cannot open --seccomp %s: %s.", path, strerror(errno));
    char beyond;
    ssize_t length = read(fd, filter_code, sizeof filter_code);
    bool whole = length > 0 && length % (ssize_t)sizeof *filter_code == 0 && read(fd, &beyond, 1) == 0;
    close(fd);
    if (!whole) {
        return complain("--seccomp %s is not 1 to %d raw instructions of %zu bytes.", path, MAX_FILTER,
                        sizeof *filter_code);
    }
    filter.len = (unsigned short)(length / (ssize_t)sizeof *filter_code);
    return true;
}

static bool parse(int argc, char** argv) {
    enum { ROOTFS = 1, BASE, CGROUP_PARENT, COUNT, PARALLEL, REST_MS, WARMUP, SECCOMP, VARIANT };
    static const struct option options[] = {{"rootfs", required_argument, NULL, ROOTFS},
                                            {"base", required_argument, NULL, BASE},
                                            {"count", required_argument, NULL, COUNT},
                                            {"cgroup-parent", required_argument, NULL, CGROUP_PARENT},
                                            {"warmup", required_argument, NULL, WARMUP},
                                            {"parallel", required_argument, NULL, PARALLEL},
                                            {"seccomp", required_argument, NULL, SECCOMP},
                                            {"rest-ms", required_argument, NULL, REST_MS},
                                            {"variant", required_argument, NULL, VARIANT},
                                            {NULL, 0, NULL, 0}};
    settings.parallel = 1;
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        bool good = option != '?';
        if (option == ROOTFS && !realpath(optarg, settings.rootfs)) {
            good = complain("--rootfs %s: %s.", optarg, strerror(errno));
        }
        if (option == BASE) settings.base = optarg;
        if (option == CGROUP_PARENT) settings.cgroup_parent = optarg;
        if (option == COUNT) good = number("count", optarg, 1, MAX_CONTAINERS, &settings.count);
        if (option == PARALLEL) good = number("parallel", optarg, 1, MAX_WORKERS, &settings.parallel);
        if (option == REST_MS) good = number("rest-ms", optarg, 0, MAX_REST_MS, &settings.rest_ms);
        if (option == WARMUP) good = number("warmup", optarg, 0, MAX_CONTAINERS, &settings.warmup);
        if (option == SECCOMP) good = load_filter(settings.seccomp_file = optarg);
        if (option == VARIANT) {
            settings.bare = !strcmp(optarg, "bare");
            if (!settings.bare && strcmp(optarg, "full"))
                good = complain("--variant %s is neither full nor bare.", optarg);
        }
        if (!good) return false;
    }
    settings.command = argv + optind;
    if (!settings.rootfs[0] || !settings.base || !settings.count || optind == argc) {
        return complain("--rootfs, --base, --count and a command after -- are needed.");
    }
    if (settings.bare) return true;
    const char* parent = settings.cgroup_parent;
    if (!parent || !*parent || *parent == '.' || strchr(parent, '/')) {
        return complain("--cgroup-parent wants the name of a cgroup to make, without a slash.");
    }
    return true;
}

/* A comma or colon would end a path inside the options of overlay. */
static bool open_base(bool* made) {
    static char path[PATH_MAX];
    *made = mkdir(settings.base, 0700) == 0;
    if (!realpath(settings.base, path)) return complain("--base %s: %s.", settings.base, strerror(errno));
    settings.base = path;
    if (strpbrk(settings.base, ",:\\") || strpbrk(settings.rootfs, ",:\\")) {
        return complain("--base and --rootfs may not contain a comma, a colon or a backslash.");
    }
    base_fd = open(settings.base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return base_fd >= 0 || complain("--base %s: %s.", settings.base, strerror(errno));
}

static int by_value(const void* left, const void* right) {
    const double a = *(const double*)left, b = *(const double*)right;
    return (a > b) - (a < b);
}

/* The nearest rank: the smallest value that at least this share of all does not exceed. */
static double percentile(const double* sorted, long count, long percent) {
    long rank = (count * percent + 99) / 100;
    return sorted[rank > 0 ? rank - 1 : 0];
}

static void report(double* latencies, double wall_ms) {
    long count = settings.count;
    double sum = 0;
    qsort(latencies, (size_t)count, sizeof *latencies, by_value);
    for (long i = 0; i < count; i++) sum += latencies[i];
    printf("{\"p50\":%.3f,\"p99\":%.3f,\"min\":%.3f,\"mean\":%.3f,\"perSecond\":%.1f,",
           percentile(latencies, count, 50), percentile(latencies, count, 99), latencies[0],
           sum / (double)count, (double)count / wall_ms * 1e3);
    printf("\"count\":%ld,\"parallel\":%ld,\"restMs\":%ld}\n", count, settings.parallel, settings.rest_ms);
}

int main(int argc, char** argv) {
    if (!parse(argc, argv)) return 1;
    double* latencies = mmap(NULL, (size_t)settings.count * sizeof *latencies, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (latencies == MAP_FAILED)
        return !complain("no memory for %ld figures: %s.", settings.count, strerror(errno));
    on_interrupt(end_workers);
    bool made_base = false;
    double wall_ms = -1;
    bool good = open_base(&made_base) && (settings.bare || (find_hierarchies() && make_parents()));
    if (good) wall_ms = run_workers(latencies);
    good = wall_ms >= 0;
    if (!settings.bare && !remove_parents()) good = false;
    if (made_base && rmdir(settings.base) < 0) {
        good = complain("cannot remove %s: %s; remove it by hand.", settings.base, strerror(errno));
    }
    if (good) report(latencies, wall_ms);
    return good ? 0 : 1;
}
