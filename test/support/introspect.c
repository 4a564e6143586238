// Reports all that a process can see of its confinement, a line of JSON for each fact: {"area", "key", "value"}. It tries every
// system call of x86-64 in a child of its own, with arguments that nothing can be done with. Run it in containers alone.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void quote(const char *text) {
  putchar('"');
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\') printf("\\%c", byte);
    else if (byte < ' ' || byte > '~') printf("\\u%04x", byte);
    else putchar(byte);
  }
  putchar('"');
}

static void say(const char *area, const char *key, const char *value) {
  fputs("{\"area\":", stdout);
  quote(area);
  fputs(",\"key\":", stdout);
  quote(key);
  fputs(",\"value\":", stdout);
  quote(value);
  fputs("}\n", stdout);
}

static void number(const char *area, const char *key, long long value) {
  char text[32];
  snprintf(text, sizeof text, "%lld", value);
  say(area, key, text);
}

/* The whole of a small file, or why not. */
static void file(const char *area, const char *path) {
  char text[65536];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (size < 0) {
    say(area, path, strerror(errno));
  } else {
    text[size] = '\0';
    say(area, path, text);
  }
  if (fd >= 0) close(fd);
}

static void lines(const char *area, const char *path) {
  char text[4096];
  FILE *stream = fopen(path, "re");
  while (stream != NULL && fgets(text, sizeof text, stream) != NULL) {
    text[strcspn(text, "\n")] = '\0';
    say(area, text, "");
  }
  if (stream != NULL) fclose(stream);
}

static void descriptors(void) {
  for (int fd = 0; fd < 256; fd++) {
    struct stat info;
    char key[16];
    if (fstat(fd, &info) != 0) continue;
    snprintf(key, sizeof key, "%d", fd);
    say("descriptors", key, S_ISFIFO(info.st_mode) ? "pipe" : S_ISCHR(info.st_mode) ? "device" : S_ISSOCK(info.st_mode) ? "socket" : "file");
  }
}

static void status(void) {
  static const char *wanted[] = {"Umask", "Uid", "Gid", "Groups", "NStgid", "NSpid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters", "SigBlk", "SigIgn", "SigCgt", "Cpus_allowed_list", "Mems_allowed_list", "TracerPid", "CoreDumping"};
  char text[4096];
  FILE *stream = fopen("/proc/self/status", "re");
  while (stream != NULL && fgets(text, sizeof text, stream) != NULL) {
    char *colon = strchr(text, ':');
    if (colon == NULL) continue;
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, "\t ");
    value[strcspn(value, "\n")] = '\0';
    for (size_t at = 0; at < sizeof wanted / sizeof *wanted; at++)
      if (strcmp(text, wanted[at]) == 0) say("status", text, value);
  }
  if (stream != NULL) fclose(stream);
}

static void process(void) {
  char text[4096];
  say("process", "cwd", getcwd(text, sizeof text) == NULL ? strerror(errno) : text);
  struct utsname names;
  uname(&names);
  say("process", "hostname", names.nodename);
  say("process", "domainname", names.domainname);
  number("process", "pid", getpid());
  number("process", "parent", getppid());
  number("process", "session", getsid(0) == getpid());
  number("process", "group", getpgrp() == getpid());
  number("process", "nice", getpriority(PRIO_PROCESS, 0));
  number("process", "scheduler", sched_getscheduler(0));
  number("process", "io priority", syscall(SYS_ioprio_get, 1, 0));
  number("process", "personality", personality(0xffffffff));
  number("process", "dumpable", prctl(PR_GET_DUMPABLE));
  number("process", "keepcaps", prctl(PR_GET_KEEPCAPS));
  number("process", "securebits", prctl(PR_GET_SECUREBITS));
  number("process", "subreaper", ({ int reaper = 0; prctl(PR_GET_CHILD_SUBREAPER, &reaper); reaper; }));
  number("process", "death signal", ({ int death = 0; prctl(PR_GET_PDEATHSIG, &death); death; }));
  number("process", "timer slack", prctl(PR_GET_TIMERSLACK));
  number("process", "huge pages off", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  file("process", "/proc/self/oom_score_adj");
  file("process", "/proc/self/attr/current");
  file("process", "/proc/self/uid_map");
  file("process", "/proc/self/gid_map");
  file("process", "/proc/self/setgroups");
  file("process", "/proc/self/coredump_filter");
  for (int limit = 0; limit < 16; limit++) {
    struct rlimit is;
    char key[16], value[64];
    getrlimit(limit, &is);
    snprintf(key, sizeof key, "%d", limit);
    snprintf(value, sizeof value, "%llu %llu", (unsigned long long)is.rlim_cur, (unsigned long long)is.rlim_max);
    say("limits", key, value);
  }
  for (char **entry = environ; *entry != NULL; entry++) say("environment", *entry, "");
}

static void namespaces(void) {
  static const char *kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
  for (size_t at = 0; at < sizeof kinds / sizeof *kinds; at++) {
    char path[64], target[64] = "";
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[at]);
    if (readlink(path, target, sizeof target - 1) >= 0) say("namespaces", kinds[at], target);
  }
}

static void entry(const char *path) {
  struct stat info;
  char text[4096] = "", target[4000] = "";
  if (lstat(path, &info) != 0) {
    say("files", path, strerror(errno));
    return;
  }
  if (S_ISLNK(info.st_mode) && readlink(path, target, sizeof target - 1) < 0) strcpy(target, "?");
  snprintf(text, sizeof text, "%o %u:%u %u:%u %s%s%s", info.st_mode, info.st_uid, info.st_gid, S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode) ? major(info.st_rdev) : 0,
           S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode) ? minor(info.st_rdev) : 0, access(path, R_OK) == 0 ? "r" : "-", access(path, W_OK) == 0 ? "w" : "-", target);
  say("files", path, text);
}

static int by_name(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

static void directory(const char *path) {
  char *names[512];
  int count = 0;
  DIR *stream = opendir(path);
  for (struct dirent *found; stream != NULL && count < 512 && (found = readdir(stream)) != NULL;)
    if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0) names[count++] = strdup(found->d_name);
  if (stream != NULL) closedir(stream);
  qsort(names, (size_t)count, sizeof *names, by_name);
  for (int at = 0; at < count; at++) {
    char whole[4096];
    snprintf(whole, sizeof whole, "%s/%s", path, names[at]);
    entry(whole);
  }
}

/* Without a stack of its own, as a call may be fork or vfork: both return here. */
static inline long raw(long call, long a, long b, long c, long d, long e, long f) {
  long answer;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(answer) : "a"(call), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return answer;
}

/* What a call answers, tried by a child: arguments that nothing can be done with, or those that are given. */
static void attempt(const char *key, long call, const long *with) {
  static const long nothing[6] = {-1, -1, -1, -1, -1, -1};
  const long *a = with == NULL ? nothing : with;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    setsid();
    /* The one that waits for ever, if it may. */
    struct itimerval soon = {{0, 0}, {0, 20000}};
    signal(SIGALRM, SIG_DFL);
    if (call == SYS_pause) setitimer(ITIMER_REAL, &soon, NULL);
    pid_t own = getpid();
    long answer = raw(call, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (raw(SYS_getpid, 0, 0, 0, 0, 0, 0) == own) {
      int error = answer < 0 && answer > -4096 ? (int)-answer : 0;
      if (write(ends[1], &error, sizeof error) < 0) _exit(1);
    }
    for (;;) raw(SYS_exit_group, 0, 0, 0, 0, 0, 0);
  }
  close(ends[1]);
  int how, error = -1;
  ssize_t size = read(ends[0], &error, sizeof error);
  waitpid(child, &how, 0);
  char value[64];
  if (size == (ssize_t)sizeof error) snprintf(value, sizeof value, "%s", error == 0 ? "ok" : strerrorname_np(error) == NULL ? "?" : strerrorname_np(error));
  else if (WIFSIGNALED(how)) snprintf(value, sizeof value, "signal %d", WTERMSIG(how));
  else snprintf(value, sizeof value, "exit %d", WEXITSTATUS(how));
  say("calls", key, value);
  close(ends[0]);
}

static void calls(void) {
  for (long call = 0; call <= 470; call++) {
    char key[16];
    /* sync writes all of the machine's files. */
    if (call == SYS_sync) continue;
    snprintf(key, sizeof key, "%ld", call);
    attempt(key, call, NULL);
  }
  static const struct { const char *key; long call; long with[6]; } special[] = {
    {"socket inet", SYS_socket, {2, 1, 0}}, {"socket netlink audit", SYS_socket, {16, 3, 9}}, {"socket alg", SYS_socket, {38, 5, 0}},
    {"socket alg, upper half", SYS_socket, {(1L << 32) + 38, 5, 0}}, {"socket vsock", SYS_socket, {40, 1, 0}}, {"socket packet", SYS_socket, {17, 3, 0}},
    {"unshare user", SYS_unshare, {CLONE_NEWUSER}}, {"unshare mount", SYS_unshare, {CLONE_NEWNS}}, {"unshare files", SYS_unshare, {CLONE_FILES}},
    {"clone", SYS_clone, {SIGCHLD}}, {"clone user", SYS_clone, {CLONE_NEWUSER | SIGCHLD}}, {"clone pid", SYS_clone, {CLONE_NEWPID | SIGCHLD}},
    {"personality 0", SYS_personality, {0}}, {"personality 8", SYS_personality, {8}}, {"personality no randomization", SYS_personality, {0x40000}},
    {"personality 32", SYS_personality, {0x20008}}, {"mknod character", SYS_mknod, {(long)"/tmp/.probe", S_IFCHR | 0600, 0x103}},
    {"chroot", SYS_chroot, {(long)"/"}}, {"sethostname", SYS_sethostname, {(long)"x", -1}}, {"setns", SYS_setns, {0, 0}}, {"io_uring_setup", 425, {1, 0}},
    {"keyctl", SYS_keyctl, {0, -3, 0}}, {"add_key", SYS_add_key, {(long)"user", (long)"x", (long)"y", 1, -3}}, {"ptrace me", SYS_ptrace, {0}}, {"kcmp", SYS_kcmp, {1, 1, 0, 0, 0}},
  };
  for (size_t at = 0; at < sizeof special / sizeof *special; at++) attempt(special[at].key, special[at].call, special[at].with);
}

int main(void) {
  descriptors();
  umask(umask(0));
  status();
  process();
  namespaces();
  lines("mounts", "/proc/self/mountinfo");
  lines("cgroups", "/proc/self/cgroup");
  entry("/");
  entry("/dev");
  directory("/dev");
  directory("/dev/pts");
  entry("/dev/shm");
  static const char *paths[] = {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/acpi", "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", "/proc/scsi", "/proc/latency_stats", "/proc/sched_debug", "/sys/firmware", "/sys/fs/cgroup", "/sys/kernel", "/tmp", "/run", "/etc", "/bin/busybox"};
  for (size_t at = 0; at < sizeof paths / sizeof *paths; at++) entry(paths[at]);
  static const char *parameters[] = {"kernel/shm_rmid_forced", "kernel/shmmax", "kernel/msgmax", "kernel/sem", "fs/mqueue/msg_max", "net/ipv4/ping_group_range", "net/ipv4/ip_unprivileged_port_start", "net/ipv4/icmp_echo_ignore_all", "net/ipv6/conf/lo/disable_ipv6", "user/max_user_namespaces"};
  for (size_t at = 0; at < sizeof parameters / sizeof *parameters; at++) {
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/%s", parameters[at]);
    file("parameters", path);
  }
  static const char *limits[] = {"memory/memory.limit_in_bytes", "memory/memory.soft_limit_in_bytes", "memory/memory.memsw.limit_in_bytes", "memory/memory.swappiness", "pids/pids.max", "cpu/cpu.shares", "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us", "cpuset/cpuset.cpus", "cpuset/cpuset.mems", "devices/devices.list", "blkio/blkio.weight", "freezer/freezer.state"};
  for (size_t at = 0; at < sizeof limits / sizeof *limits; at++) {
    char path[128];
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s", limits[at]);
    file("cgroup limits", path);
  }
  lines("interfaces", "/proc/net/dev_mcast");
  calls();
  return 0;
}
