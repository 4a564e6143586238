// Generated from native/launch/launch.json by scripts/generate-launch.mjs; do not edit.
// clang-format off
#ifndef LIBPOD_NATIVE_LAUNCH_LAUNCH_H_
#define LIBPOD_NATIVE_LAUNCH_LAUNCH_H_

#include <cstdint>

#include "launch/reader.h"

namespace libpod {

constexpr uint16_t kProgramVersion = 3;
constexpr uint32_t kProtocolVersion = 2;

enum class Section : uint8_t {
    kPrepare = 0,  // the monitor, before the clone
    kClone = 1,  // the monitor makes the child
    kParent = 2,  // the monitor, while the child runs `enter`
    kEnter = 3,  // the child, in its namespaces, the host's tree still in reach
    kInit = 4,  // the child, after pivot_root
    kGate = 5,  // the child is created and waits for start
    kExec = 6,  // the child becomes the container's program
    kTeardown = 7,  // the monitor, after the exit is recorded
};
constexpr int kSectionCount = 8;

enum class MonitorState : uint32_t {
    kCreating = 0,
    kCreated = 1,
    kRunning = 2,
    kStopped = 3,
    kRestarting = 4,
};

enum class Op : uint16_t {
    kExclusive = 1,
    kMkdir = 2,
    kWriteFile = 3,
    kEvents = 4,
    kLog = 5,
    kOomSource = 6,
    kControlSocket = 7,
    kStdio = 8,
    kPassthrough = 9,
    kPreserve = 10,
    kHoldPort = 11,
    kTimeout = 12,
    kRestart = 13,
    kHealthcheck = 14,
    kStartupHealthcheck = 15,
    kCgroupCreate = 16,
    kCgroupWrite = 17,
    kDeviceFilter = 18,
    kCgroupInherit = 19,
    kNamespaceJoin = 20,
    kClone = 21,
    kPidFile = 22,
    kReleaseChild = 23,
    kAwaitParent = 24,
    kCgroupEnter = 25,
    kUnshare = 26,
    kPropagation = 27,
    kRootBind = 28,
    kRootOverlay = 29,
    kMount = 30,
    kBind = 31,
    kBindJoined = 32,
    kDirectory = 33,
    kSymlink = 34,
    kDevice = 35,
    kConsole = 36,
    kMask = 37,
    kReadOnly = 38,
    kMountAttributes = 39,
    kRootAttributes = 40,
    kInitExecutable = 41,
    kOomScore = 42,
    kPivotRoot = 43,
    kMoveRoot = 44,
    kSession = 45,
    kHostname = 46,
    kDomainname = 47,
    kNetlink = 48,
    kLoopbackUp = 49,
    kSysctl = 50,
    kRlimit = 51,
    kKeyring = 52,
    kUmask = 53,
    kBounding = 54,
    kUser = 55,
    kCapabilities = 56,
    kNoNewPrivileges = 57,
    kSeccomp = 58,
    kSeccompListener = 59,
    kSeccompNotify = 60,
    kWorkingDirectory = 61,
    kDeathSignal = 62,
    kFindExecutable = 63,
    kAwaitStart = 64,
    kExec = 65,
    kPause = 66,
    kCgroupKill = 67,
    kUnlinkName = 68,
    kNetworkPlugin = 69,
    kNetworkLeft = 70,
    kLeaveNetworks = 71,
    kCgroupRemove = 72,
    kRetire = 73,
    kRemove = 74,
    kSessionCgroup = 75,
    kSessionClone = 76,
    kSessionCgroupEnter = 77,
    kContainerJoin = 78,
    kTerminal = 79,
    kAwaitHooks = 80,
    kHook = 81,
    kKeepCompany = 82,
    kLeaveCompany = 83,
    kTimeNamespace = 84,
    kAffinity = 85,
    kRootPropagation = 86,
    kPersonality = 87,
    kScheduler = 88,
    kIoPriority = 89,
    kMemoryPolicy = 90,
    kExecLabel = 91,
    kMountAttributesBeneath = 92,
    kIdMap = 93,
    kHandedBind = 94,
    kOverlay = 95,
    kIntermediateJoin = 96,
    kIdMapsWrite = 97,
    kRlimitRaise = 98,
    kRootAttach = 99,
    kAttach = 100,
    kMappedRoot = 101,
    kSysctlFiles = 102,
    kGate = 103,
    kConsoleSocket = 104,
    kStandBeside = 105,
    kLauncher = 106,
    kNamespaceHold = 107,
    kNetworkHold = 108,
    kRuntimeCreate = 109,
    kRuntimeRun = 110,
};

enum class Message : uint8_t {
    kHello = 1,  // from the monitor
    kCreated = 2,  // from the monitor
    kStarted = 3,  // from the monitor
    kFailed = 4,  // from the monitor
    kStdout = 5,  // from the monitor
    kStderr = 6,  // from the monitor
    kExited = 7,  // from the monitor
    kRestarting = 8,  // from the monitor
    kDone = 9,  // from the monitor
    kCutOff = 10,  // from the monitor
    kReleased = 11,  // from the monitor
    kStart = 12,  // from the engine
    kKeep = 13,  // from the engine
    kSignal = 14,  // from the engine
    kNoRestart = 15,  // from the engine
    kLeadPorts = 16,  // from the engine
    kSubject = 17,  // from the engine
    kAttach = 18,  // from the engine
    kDetach = 19,  // from the engine
    kStdin = 20,  // from the engine
    kStdinClose = 21,  // from the engine
    kResize = 22,  // from the engine
    kTie = 23,  // from the engine
    kSessionProgram = 24,  // from the engine
    kSessionCreate = 25,  // from the engine
    kSessionSelect = 26,  // from the engine
    kSessionAttach = 27,  // from the engine
    kSessionStart = 28,  // from the engine
    kSessionKill = 29,  // from the engine
    kSessionRemove = 30,  // from the engine
    kSessionList = 31,  // from the engine
    kSession = 32,  // from the monitor
    kSessionIds = 33,  // from the monitor
    kSessionRefused = 34,  // from the monitor
    kSessionStarted = 35,  // from the monitor
    kSessionFailed = 36,  // from the monitor
    kSessionExited = 37,  // from the monitor
    kHealthRun = 38,  // from the engine
    kHealthChecked = 39,  // from the monitor
};

// Lock the monitor's byte of this file for the monitor's life, and tell the container's state in it; wait for an older monitor that is leaving.
struct ExclusiveOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Make a host directory; an existing one is fine.
struct MkdirOp {
    Text path{};
    uint32_t mode{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&mode); }
};

// Write a host file whole, replacing what it held; never through a symlink.
struct WriteFileOp {
    Text path{};
    uint32_t mode{};
    Bytes data{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&mode) && reader->Read(&data); }
};

// Tell what happens to the container in this journal of events: `id` begins each key, `subject` holds the members of its JSON that say who it is.
struct EventsOp {
    Text directory{};
    Text id{};
    Text subject{};
    bool Decode(Reader* reader) { return reader->Read(&directory) && reader->Read(&id) && reader->Read(&subject); }
};

// Append the container's output to this file; `format` is 0 for k8s-file, 1 for json-file with these `attributes` (JSON, or nothing). A file that would grow beyond `maxSize` bytes (0: never) becomes PATH.1 and so on, `maxFiles` in all.
struct LogOp {
    Text path{};
    uint32_t format{};
    uint64_t max_size{};
    uint32_t max_files{};
    Bytes attributes{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&format) && reader->Read(&max_size) && reader->Read(&max_files) && reader->Read(&attributes); }
};

// Read `oom_kill` from this cgroup file at the exit; above zero means killed for memory.
struct OomSourceOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Serve the control protocol on a socket at this path, for root only.
struct ControlSocketOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Make the container's standard streams: pipes, or a terminal made later by `console`; stdin is /dev/null unless kept open, and with `once` ends with the first client that has attached it.
struct StdioOp {
    uint32_t terminal{};
    uint32_t stdin{};
    uint32_t once{};
    uint32_t uid{};
    uint32_t gid{};
    bool Decode(Reader* reader) { return reader->Read(&terminal) && reader->Read(&stdin) && reader->Read(&once) && reader->Read(&uid) && reader->Read(&gid); }
};

// Take the standard streams of this process, which began at `startTicks`, for the container's; stdin only if asked for.
struct PassthroughOp {
    uint32_t pid{};
    uint64_t start_ticks{};
    uint32_t stdin{};
    bool Decode(Reader* reader) { return reader->Read(&pid) && reader->Read(&start_ticks) && reader->Read(&stdin); }
};

// Take these descriptors of this process, which began at `startTicks`, for the container's or the session's process, which has them from 3 on; 2^32 - 1 leaves its number free.
struct PreserveOp {
    uint32_t pid{};
    uint64_t start_ticks{};
    Words descriptors{};
    bool Decode(Reader* reader) { return reader->Read(&pid) && reader->Read(&start_ticks) && reader->Read(&descriptors); }
};

// Bind a socket to this address (4 or 16 bytes) and port of the host, for a protocol of ip(7), and keep it while the container may run: no program of the host can listen there meanwhile. Unless `toPort` is 0, what comes from the loopback of IPv6 is passed on to that port of the container, at the address `to` (4 or 16 bytes, or none).
struct HoldPortOp {
    uint32_t protocol{};
    Bytes address{};
    uint32_t port{};
    Bytes to{};
    uint32_t to_port{};
    bool Decode(Reader* reader) { return reader->Read(&protocol) && reader->Read(&address) && reader->Read(&port) && reader->Read(&to) && reader->Read(&to_port); }
};

// Kill the container this many seconds after its start.
struct TimeoutOp {
    uint32_t seconds{};
    bool Decode(Reader* reader) { return reader->Read(&seconds); }
};

// When the container has ended, run it again by this policy: 0 never, 1 always, 2 after a failure, at most `retries` times unless 0; with the program at `next`, if an engine has put one there.
struct RestartOp {
    uint32_t policy{};
    uint32_t retries{};
    Text next{};
    bool Decode(Reader* reader) { return reader->Read(&policy) && reader->Read(&retries) && reader->Read(&next); }
};

// Once the container runs, run the launch program of a session again and again, `intervalMs` after the last (0: when asked alone), and keep in `file` what comes of it; not while `frozen` says that the container is paused. After `retries` failures in a row it is unhealthy, and `action` follows: 0 nothing, 1 kill it, 2 run it again, 3 stop it, and leave the file `stopped` as a sign of that to the next boot.
struct HealthcheckOp {
    Text file{};
    Text frozen{};
    uint64_t interval_ms{};
    uint64_t timeout_ms{};
    uint32_t retries{};
    uint64_t start_period_ms{};
    uint32_t action{};
    uint32_t stop_signal{};
    uint64_t stop_timeout_ms{};
    Bytes program{};
    Text stopped{};
    bool Decode(Reader* reader) { return reader->Read(&file) && reader->Read(&frozen) && reader->Read(&interval_ms) && reader->Read(&timeout_ms) && reader->Read(&retries) && reader->Read(&start_period_ms) && reader->Read(&action) && reader->Read(&stop_signal) && reader->Read(&stop_timeout_ms) && reader->Read(&program) && reader->Read(&stopped); }
};

// Run this in place of `healthcheck` until it has succeeded `successes` times; after `retries` failures (0: never) run the container again.
struct StartupHealthcheckOp {
    uint64_t interval_ms{};
    uint64_t timeout_ms{};
    uint32_t retries{};
    uint32_t successes{};
    Bytes program{};
    bool Decode(Reader* reader) { return reader->Read(&interval_ms) && reader->Read(&timeout_ms) && reader->Read(&retries) && reader->Read(&successes) && reader->Read(&program); }
};

// Make a cgroup directory and any missing parent of it.
struct CgroupCreateOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Write a value to a file of a cgroup; `optional` accepts a file that the kernel does not have.
struct CgroupWriteOp {
    Text path{};
    Text value{};
    uint32_t optional{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&value) && reader->Read(&optional); }
};

// Attach a device program (eBPF) to a cgroup of version 2.
struct DeviceFilterOp {
    Text path{};
    Bytes program{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&program); }
};

// Copy a file of the parent cgroup into a cgroup where it is still empty (cpuset.cpus and cpuset.mems of v1).
struct CgroupInheritOp {
    Text path{};
    Text file{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&file); }
};

// Enter an existing namespace; a PID namespace takes effect for the child, so it is joined in `prepare`. With a PID the namespace must be that of the process which began at `startTicks`.
struct NamespaceJoinOp {
    Text path{};
    uint32_t type{};
    uint32_t pid{};
    uint64_t start_ticks{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&type) && reader->Read(&pid) && reader->Read(&start_ticks); }
};

// Make the child with these new namespaces, born in the given cgroup v2 if the path is not empty.
struct CloneOp {
    uint64_t flags{};
    Text cgroup{};
    bool Decode(Reader* reader) { return reader->Read(&flags) && reader->Read(&cgroup); }
};

// Write the child's PID to this host file.
struct PidFileOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Let the child pass `await-parent`.
struct ReleaseChildOp {
    bool Decode(Reader*) { return true; }
};

// Wait until the monitor has made the cgroups.
struct AwaitParentOp {
    bool Decode(Reader*) { return true; }
};

// Move the calling process, alone in its thread group, into a cgroup by writing 0 to this file.
struct CgroupEnterOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Leave a shared namespace for a new one (the cgroup namespace, whose root is the cgroup entered before).
struct UnshareOp {
    uint64_t flags{};
    bool Decode(Reader* reader) { return reader->Read(&flags); }
};

// Set the propagation of the whole mount tree.
struct PropagationOp {
    uint64_t flags{};
    bool Decode(Reader* reader) { return reader->Read(&flags); }
};

// Make a host directory, with what is mounted beneath it, the root; attach it at `at`.
struct RootBindOp {
    Text directory{};
    Text at{};
    bool Decode(Reader* reader) { return reader->Read(&directory) && reader->Read(&at); }
};

// Mount an overlay as the root; attach it at `at`.
struct RootOverlayOp {
    Texts lower{};
    Text upper{};
    Text work{};
    Texts options{};
    Text at{};
    bool Decode(Reader* reader) { return reader->Read(&lower) && reader->Read(&upper) && reader->Read(&work) && reader->Read(&options) && reader->Read(&at); }
};

// Mount a new file system inside the root; the target is made if absent; with `copyUp` it begins with what it covers. In `prepare`, hand it over to the child, which attaches it.
struct MountOp {
    Text type{};
    Text from{};
    Text target{};
    uint64_t attributes{};
    Texts options{};
    uint64_t propagation{};
    uint32_t copy_up{};
    bool Decode(Reader* reader) { return reader->Read(&type) && reader->Read(&from) && reader->Read(&target) && reader->Read(&attributes) && reader->Read(&options) && reader->Read(&propagation) && reader->Read(&copy_up); }
};

// Mount a host file or directory inside the root; the target is made if absent; `optional` accepts a missing source.
struct BindOp {
    Text from{};
    Text target{};
    uint32_t recursive{};
    uint64_t set{};
    uint64_t clear{};
    uint64_t set_beneath{};
    uint64_t propagation{};
    uint32_t optional{};
    bool Decode(Reader* reader) { return reader->Read(&from) && reader->Read(&target) && reader->Read(&recursive) && reader->Read(&set) && reader->Read(&clear) && reader->Read(&set_beneath) && reader->Read(&propagation) && reader->Read(&optional); }
};

// Show inside the root what the process which began at `startTicks` has mounted at a path of its mount namespace. In `prepare`, hand it over to the child, which attaches it.
struct BindJoinedOp {
    uint32_t pid{};
    uint64_t start_ticks{};
    Text from{};
    Text target{};
    uint64_t set{};
    uint64_t propagation{};
    bool Decode(Reader* reader) { return reader->Read(&pid) && reader->Read(&start_ticks) && reader->Read(&from) && reader->Read(&target) && reader->Read(&set) && reader->Read(&propagation); }
};

// Make a directory inside the root if it is absent.
struct DirectoryOp {
    Text path{};
    uint32_t mode{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&mode); }
};

// Make a symbolic link inside the root if nothing is there.
struct SymlinkOp {
    Text to{};
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&to) && reader->Read(&path); }
};

// Make a device node inside the root. In `prepare`, inside the last mount that was handed over.
struct DeviceOp {
    Text path{};
    uint32_t mode{};
    uint32_t major{};
    uint32_t minor{};
    uint32_t uid{};
    uint32_t gid{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&mode) && reader->Read(&major) && reader->Read(&minor) && reader->Read(&uid) && reader->Read(&gid); }
};

// Open a terminal in the container's devpts, hand its master to the monitor and show it as /dev/console.
struct ConsoleOp {
    uint32_t rows{};
    uint32_t columns{};
    bool Decode(Reader* reader) { return reader->Read(&rows) && reader->Read(&columns); }
};

// Cover a path inside the root: a file with the null device, a directory with an empty read-only tmpfs; a missing one is fine.
struct MaskOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Make a path inside the root read-only; a missing one is fine.
struct ReadOnlyOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Set attributes of the mount at a path inside the root.
struct MountAttributesOp {
    Text path{};
    uint64_t set{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&set); }
};

// Set attributes of the root mount itself.
struct RootAttributesOp {
    uint64_t set{};
    bool Decode(Reader* reader) { return reader->Read(&set); }
};

// Keep the monitor's own executable at hand: `exec` then becomes it, as an init that runs the program.
struct InitExecutableOp {
    bool Decode(Reader*) { return true; }
};

// Set the score by which the kernel picks whom to kill for memory; the monitor sets it for a child that may not lower its own.
struct OomScoreOp {
    int64_t value{};
    bool Decode(Reader* reader) { return reader->Read(&value); }
};

// Make the root the root of the mount namespace and let go of the host's tree.
struct PivotRootOp {
    bool Decode(Reader*) { return true; }
};

// Move the root over that of the mount namespace, which stays beneath it but for its /proc and /sys, and change to it: where pivot_root cannot be, on a root of an initramfs.
struct MoveRootOp {
    bool Decode(Reader*) { return true; }
};

// Start a session; with `terminal`, take the console as the controlling terminal and as the standard streams.
struct SessionOp {
    uint32_t terminal{};
    bool Decode(Reader* reader) { return reader->Read(&terminal); }
};

// Set the host name.
struct HostnameOp {
    Text name{};
    bool Decode(Reader* reader) { return reader->Read(&name); }
};

// Set the NIS domain name.
struct DomainnameOp {
    Text name{};
    bool Decode(Reader* reader) { return reader->Read(&name); }
};

// Send netlink messages to a protocol, each to be acknowledged, in the network namespace of whoever does it. Where `pidAt` is not 0, the child's PID is put at that offset first.
struct NetlinkOp {
    uint32_t protocol{};
    Bytes messages{};
    uint32_t pid_at{};
    bool Decode(Reader* reader) { return reader->Read(&protocol) && reader->Read(&messages) && reader->Read(&pid_at); }
};

// Bring the loopback interface up.
struct LoopbackUpOp {
    bool Decode(Reader*) { return true; }
};

// Write a kernel parameter through a private procfs.
struct SysctlOp {
    Text path{};
    Text value{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&value); }
};

// Set a resource limit; `clamp` lowers it to what the process may set.
struct RlimitOp {
    uint32_t resource{};
    uint64_t soft{};
    uint64_t hard{};
    uint32_t clamp{};
    bool Decode(Reader* reader) { return reader->Read(&resource) && reader->Read(&soft) && reader->Read(&hard) && reader->Read(&clamp); }
};

// Join a new session keyring of this name.
struct KeyringOp {
    Text name{};
    bool Decode(Reader* reader) { return reader->Read(&name); }
};

// Set the file mode creation mask.
struct UmaskOp {
    uint32_t mask{};
    bool Decode(Reader* reader) { return reader->Read(&mask); }
};

// Drop every capability outside this set from the bounding set.
struct BoundingOp {
    uint64_t capabilities{};
    bool Decode(Reader* reader) { return reader->Read(&capabilities); }
};

// Become this user, group and supplementary groups, keeping the permitted capabilities.
struct UserOp {
    uint32_t uid{};
    uint32_t gid{};
    Words groups{};
    bool Decode(Reader* reader) { return reader->Read(&uid) && reader->Read(&gid) && reader->Read(&groups); }
};

// Set the effective, permitted, inheritable and ambient capabilities.
struct CapabilitiesOp {
    uint64_t effective{};
    uint64_t permitted{};
    uint64_t inheritable{};
    uint64_t ambient{};
    bool Decode(Reader* reader) { return reader->Read(&effective) && reader->Read(&permitted) && reader->Read(&inheritable) && reader->Read(&ambient); }
};

// Never gain privileges by execve again.
struct NoNewPrivilegesOp {
    bool Decode(Reader*) { return true; }
};

// Install a system call filter.
struct SeccompOp {
    uint32_t flags{};
    Bytes filter{};
    bool Decode(Reader* reader) { return reader->Read(&flags) && reader->Read(&filter); }
};

// Connect to the socket at this path, which `seccomp-notify` sends to; learn this process's PID from the host's procfs.
struct SeccompListenerOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Install a system call filter with a listener, and send that to the socket of `seccomp-listener`, with this text, in which the PID goes at each of `pidsAt`.
struct SeccompNotifyOp {
    uint32_t flags{};
    Bytes filter{};
    Bytes state{};
    Words pids_at{};
    bool Decode(Reader* reader) { return reader->Read(&flags) && reader->Read(&filter) && reader->Read(&state) && reader->Read(&pids_at); }
};

// Enter the working directory, making it inside the root if `make` is set; one outside the root is refused.
struct WorkingDirectoryOp {
    Text path{};
    uint32_t make{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&make); }
};

// Die with the monitor (after the credentials, which clear it).
struct DeathSignalOp {
    uint32_t signal{};
    bool Decode(Reader* reader) { return reader->Read(&signal); }
};

// Find the program in these directories, or where its name has a slash; missing and not executable are told apart.
struct FindExecutableOp {
    Text name{};
    Texts search{};
    bool Decode(Reader* reader) { return reader->Read(&name) && reader->Read(&search); }
};

// Tell the monitor that the container is created and wait for start.
struct AwaitStartOp {
    bool Decode(Reader*) { return true; }
};

// Close every foreign descriptor and become the program found before.
struct ExecOp {
    Texts arguments{};
    Texts environment{};
    bool Decode(Reader* reader) { return reader->Read(&arguments) && reader->Read(&environment); }
};

// Close every foreign descriptor and become a pause, which keeps the namespaces and reaps: the program of an infra container.
struct PauseOp {
    bool Decode(Reader*) { return true; }
};

// Kill what is left in a cgroup and wait until it is empty.
struct CgroupKillOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Remove this symbolic link if it still points there, else the one beside it that does: a name that another has taken meanwhile stays.
struct UnlinkNameOp {
    Text path{};
    Text to{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&to); }
};

// Run a CNI plugin to its end, with `input` to read, once no other run follows.
struct NetworkPluginOp {
    Text path{};
    Texts environment{};
    Bytes input{};
    uint64_t timeout_ms{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&environment) && reader->Read(&input) && reader->Read(&timeout_ms); }
};

// Unmount the network namespace that the plugins knew, and remove `record`, which says what they hold, unless one of them failed.
struct NetworkLeftOp {
    Text at{};
    Text record{};
    bool Decode(Reader* reader) { return reader->Read(&at) && reader->Read(&record); }
};

// Take the container's names out of its neighbours' hosts files, then give its addresses back: symbolic links to its ID, beneath a directory of each network.
struct LeaveNetworksOp {
    Text networks{};
    Text hosts{};
    Text id{};
    bool Decode(Reader* reader) { return reader->Read(&networks) && reader->Read(&hosts) && reader->Read(&id); }
};

// Remove a cgroup and those beneath it; a missing one is fine.
struct CgroupRemoveOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Take the directory of the container itself away: it disappears by rename, the removal is told, and then it is taken apart.
struct RetireOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Remove a host file, link or whole directory, never through a symlink; a missing one is fine.
struct RemoveOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Make a cgroup of the exec session's own, named by its ID, beneath this one: its child is born in it (version 2) or enters it; what another OCI runtime makes is moved there.
struct SessionCgroupOp {
    Text directory{};
    uint32_t version{};
    bool Decode(Reader* reader) { return reader->Read(&directory) && reader->Read(&version); }
};

// Make the child of an exec session, in the PID namespace of the container's init. With `late` the child is confined outside of it, and then makes the session's process inside, so that nobody in there who may trace others finds it unconfined; `tracer` has every later session born late, too.
struct SessionCloneOp {
    uint32_t late{};
    uint32_t tracer{};
    bool Decode(Reader* reader) { return reader->Read(&late) && reader->Read(&tracer); }
};

// Enter the cgroup of the session, where it was not born in it.
struct SessionCgroupEnterOp {
    bool Decode(Reader*) { return true; }
};

// Enter these namespaces of the container's init, which the monitor holds by its pidfd.
struct ContainerJoinOp {
    uint32_t types{};
    bool Decode(Reader* reader) { return reader->Read(&types); }
};

// Open a terminal in the container's devpts and hand its master to the monitor.
struct TerminalOp {
    uint32_t rows{};
    uint32_t columns{};
    bool Decode(Reader* reader) { return reader->Read(&rows) && reader->Read(&columns); }
};

// Tell the monitor that all is mounted, and wait until it has run the hooks of the runtime's namespaces.
struct AwaitHooksOp {
    bool Decode(Reader*) { return true; }
};

// Run a program to its end, with the container's state as its input, in which the PID goes at `pidAt` unless that is 0. In `parent` it is a hook of the runtime's namespaces, which waits for `await-hooks`, or at the point 4 (poststart) for the program to run; in `enter` and `gate` the child runs it where it is then.
struct HookOp {
    uint32_t point{};
    Text path{};
    Texts arguments{};
    Texts environment{};
    uint64_t timeout_ms{};
    Bytes input{};
    uint32_t pid_at{};
    bool Decode(Reader* reader) { return reader->Read(&point) && reader->Read(&path) && reader->Read(&arguments) && reader->Read(&environment) && reader->Read(&timeout_ms) && reader->Read(&input) && reader->Read(&pid_at); }
};

// Stay only as long as this directory is there, in which each container of the pod that has not ended has a file: then stop the container, by this signal, and by SIGKILL after the timeout.
struct KeepCompanyOp {
    Text directory{};
    uint32_t stop_signal{};
    uint64_t stop_timeout_ms{};
    bool Decode(Reader* reader) { return reader->Read(&directory) && reader->Read(&stop_signal) && reader->Read(&stop_timeout_ms); }
};

// Take the container out of those that the infra container of its pod stays for, files in a directory: the last one takes the directory along.
struct LeaveCompanyOp {
    Text directory{};
    Text id{};
    bool Decode(Reader* reader) { return reader->Read(&directory) && reader->Read(&id); }
};

// Make a time namespace whose clocks are off by this much (lines of /proc/PID/timens_offsets), and enter it.
struct TimeNamespaceOp {
    Text offsets{};
    bool Decode(Reader* reader) { return reader->Read(&offsets); }
};

// Run on these processors alone: one bit each.
struct AffinityOp {
    Bytes processors{};
    bool Decode(Reader* reader) { return reader->Read(&processors); }
};

// Set the propagation of the root mount: in `init`, after pivot_root, which refuses a shared one.
struct RootPropagationOp {
    uint64_t flags{};
    bool Decode(Reader* reader) { return reader->Read(&flags); }
};

// Set the execution domain.
struct PersonalityOp {
    uint64_t persona{};
    bool Decode(Reader* reader) { return reader->Read(&persona); }
};

// Set the scheduling policy and its parameters.
struct SchedulerOp {
    uint32_t policy{};
    uint64_t flags{};
    int64_t nice{};
    uint32_t priority{};
    uint64_t runtime{};
    uint64_t deadline{};
    uint64_t period{};
    bool Decode(Reader* reader) { return reader->Read(&policy) && reader->Read(&flags) && reader->Read(&nice) && reader->Read(&priority) && reader->Read(&runtime) && reader->Read(&deadline) && reader->Read(&period); }
};

// Set the priority in the queues of disks.
struct IoPriorityOp {
    uint32_t priority{};
    bool Decode(Reader* reader) { return reader->Read(&priority); }
};

// Set the NUMA policy: mode with its flags, and one bit a node.
struct MemoryPolicyOp {
    uint32_t mode{};
    Bytes nodes{};
    bool Decode(Reader* reader) { return reader->Read(&mode) && reader->Read(&nodes); }
};

// Have the next execve change the label of a security module: the file beneath the process's `attr`, through a private procfs.
struct ExecLabelOp {
    Text file{};
    Text label{};
    bool Decode(Reader* reader) { return reader->Read(&file) && reader->Read(&label); }
};

// Set and clear attributes of the mount at a path inside the root, and of all beneath it.
struct MountAttributesBeneathOp {
    Text path{};
    uint64_t set{};
    uint64_t clear{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&set) && reader->Read(&clear); }
};

// Map IDs so in the mounts of this section that ask for it: `uids` and `gids` are runs of three numbers, the first ID inside, the first outside, how many.
struct IdMapOp {
    Words uids{};
    Words gids{};
    bool Decode(Reader* reader) { return reader->Read(&uids) && reader->Read(&gids); }
};

// Copy the mount of a host file or directory as `bind` does, and hand it over to the child, which attaches it; `idMap` is 1 for mapped IDs, 2 for those of all mounts beneath too.
struct HandedBindOp {
    Text from{};
    uint32_t recursive{};
    uint64_t set{};
    uint64_t clear{};
    uint64_t set_beneath{};
    uint64_t propagation{};
    uint32_t optional{};
    uint32_t id_map{};
    bool Decode(Reader* reader) { return reader->Read(&from) && reader->Read(&recursive) && reader->Read(&set) && reader->Read(&clear) && reader->Read(&set_beneath) && reader->Read(&propagation) && reader->Read(&optional) && reader->Read(&id_map); }
};

// Mount an overlay and hand it over to the child. The directories `mapped` are seen through one mount each with mapped IDs meanwhile; what the overlay makes in its upper layer by itself belongs to this user and group.
struct OverlayOp {
    Texts lower{};
    Text upper{};
    Text work{};
    Texts options{};
    Texts mapped{};
    uint64_t attributes{};
    uint64_t propagation{};
    uint32_t uid{};
    uint32_t gid{};
    bool Decode(Reader* reader) { return reader->Read(&lower) && reader->Read(&upper) && reader->Read(&work) && reader->Read(&options) && reader->Read(&mapped) && reader->Read(&attributes) && reader->Read(&propagation) && reader->Read(&uid) && reader->Read(&gid); }
};

// Have the child made by an intermediate process that enters this namespace first; with a PID the namespace must be that of the process which began at `startTicks`.
struct IntermediateJoinOp {
    Text path{};
    uint32_t type{};
    uint32_t pid{};
    uint64_t start_ticks{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&type) && reader->Read(&pid) && reader->Read(&start_ticks); }
};

// Write the ID maps of the child's user namespace: runs of three numbers, as of `id-map`.
struct IdMapsWriteOp {
    Words uids{};
    Words gids{};
    bool Decode(Reader* reader) { return reader->Read(&uids) && reader->Read(&gids); }
};

// Let the child set a resource limit up to `hard`, which it may not do by itself in a user namespace; the limit that holds stays.
struct RlimitRaiseOp {
    uint32_t resource{};
    uint64_t hard{};
    bool Decode(Reader* reader) { return reader->Read(&resource) && reader->Read(&hard); }
};

// Make a mount that the monitor handed over, by its number, the root; attach it at `at`.
struct RootAttachOp {
    uint32_t mount{};
    Text at{};
    bool Decode(Reader* reader) { return reader->Read(&mount) && reader->Read(&at); }
};

// Attach a mount that the monitor handed over, by its number, inside the root; the target is made if absent, and nothing is done for an `optional` one that is not there.
struct AttachOp {
    uint32_t mount{};
    Text target{};
    bool Decode(Reader* reader) { return reader->Read(&mount) && reader->Read(&target); }
};

// Become the root of the user namespace.
struct MappedRootOp {
    bool Decode(Reader*) { return true; }
};

// Keep a private procfs at hand for `sysctl`: in a user namespace none can be mounted once paths of /proc are masked.
struct SysctlFilesOp {
    bool Decode(Reader*) { return true; }
};

// Launch and leave: `await-start` waits by itself at a socket at this path, for root only, for one who speaks the control protocol. The monitor goes, and leaves the container to whoever reaps, when the birth connection ends after `keep`.
struct GateOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Hand the master of the terminal over to the socket at this path, in place of keeping it.
struct ConsoleSocketOp {
    Text path{};
    bool Decode(Reader* reader) { return reader->Read(&path); }
};

// Launch nothing, but run exec sessions in the container whose init began at `startTicks`, on the birth connection; go when nobody speaks of sessions any more, and leave those that run to whoever reaps. Without `reap` those that have ended are left too, so that others learn how.
struct StandBesideOp {
    uint32_t pid{};
    uint64_t start_ticks{};
    uint32_t reap{};
    bool Decode(Reader* reader) { return reader->Read(&pid) && reader->Read(&start_ticks) && reader->Read(&reap); }
};

// Make a child with these new namespaces that is none of the container: it has an OCI runtime make the container, or a session's process, and goes when that runs.
struct LauncherOp {
    uint64_t flags{};
    bool Decode(Reader* reader) { return reader->Read(&flags); }
};

// Show an existing namespace as a file of this mount namespace; with a PID it must be that of the process which began at `startTicks`.
struct NamespaceHoldOp {
    Text path{};
    uint32_t pid{};
    uint64_t start_ticks{};
    Text at{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&pid) && reader->Read(&start_ticks) && reader->Read(&at); }
};

// Show the network namespace that this process was born in as a file of this mount namespace, and go back to that of the monitor.
struct NetworkHoldOp {
    Text at{};
    bool Decode(Reader* reader) { return reader->Read(&at); }
};

// Run an OCI runtime that makes a process with the standard streams of the program, and leaves it to the monitor. What the two pass to each other is in a directory of its own beneath `directory`: `arguments`, which begin with the program's name, are followed by `--log`, then `verb` by `--pid-file`, `--console-socket` for a terminal, `--process` for what `process` holds, and the ID. `command` is for descriptions. When it fails, the last line of its log says why.
struct RuntimeCreateOp {
    Text path{};
    Texts arguments{};
    Texts verb{};
    Text id{};
    Texts environment{};
    Text directory{};
    Bytes process{};
    Texts command{};
    uint32_t rows{};
    uint32_t columns{};
    uint64_t timeout_ms{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&arguments) && reader->Read(&verb) && reader->Read(&id) && reader->Read(&environment) && reader->Read(&directory) && reader->Read(&process) && reader->Read(&command) && reader->Read(&rows) && reader->Read(&columns) && reader->Read(&timeout_ms); }
};

// Run an OCI runtime to its end, to start the container that it has made, or to delete it.
struct RuntimeRunOp {
    Text path{};
    Texts arguments{};
    Texts environment{};
    Text log{};
    uint64_t timeout_ms{};
    bool Decode(Reader* reader) { return reader->Read(&path) && reader->Read(&arguments) && reader->Read(&environment) && reader->Read(&log) && reader->Read(&timeout_ms); }
};

// The sections in which an operation may stand, one bit each; 0 for an unknown operation.
inline uint32_t SectionsOf(Op op) {
    switch (op) {
        case Op::kExclusive:
            return 1u << 0;
        case Op::kMkdir:
            return 1u << 0;
        case Op::kWriteFile:
            return 1u << 0;
        case Op::kEvents:
            return 1u << 0;
        case Op::kLog:
            return 1u << 0;
        case Op::kOomSource:
            return 1u << 0;
        case Op::kControlSocket:
            return 1u << 0;
        case Op::kStdio:
            return 1u << 0;
        case Op::kPassthrough:
            return 1u << 0;
        case Op::kPreserve:
            return 1u << 0;
        case Op::kHoldPort:
            return 1u << 0;
        case Op::kTimeout:
            return 1u << 0;
        case Op::kRestart:
            return 1u << 0;
        case Op::kHealthcheck:
            return 1u << 0;
        case Op::kStartupHealthcheck:
            return 1u << 0;
        case Op::kCgroupCreate:
            return 1u << 0 | 1u << 2;
        case Op::kCgroupWrite:
            return 1u << 0 | 1u << 2;
        case Op::kDeviceFilter:
            return 1u << 0;
        case Op::kCgroupInherit:
            return 1u << 0 | 1u << 2;
        case Op::kNamespaceJoin:
            return 1u << 0 | 1u << 3;
        case Op::kClone:
            return 1u << 1;
        case Op::kPidFile:
            return 1u << 2;
        case Op::kReleaseChild:
            return 1u << 2;
        case Op::kAwaitParent:
            return 1u << 3;
        case Op::kCgroupEnter:
            return 1u << 3;
        case Op::kUnshare:
            return 1u << 3;
        case Op::kPropagation:
            return 1u << 3;
        case Op::kRootBind:
            return 1u << 3;
        case Op::kRootOverlay:
            return 1u << 3;
        case Op::kMount:
            return 1u << 0 | 1u << 3;
        case Op::kBind:
            return 1u << 3;
        case Op::kBindJoined:
            return 1u << 0 | 1u << 3;
        case Op::kDirectory:
            return 1u << 3;
        case Op::kSymlink:
            return 1u << 3;
        case Op::kDevice:
            return 1u << 0 | 1u << 3;
        case Op::kConsole:
            return 1u << 3;
        case Op::kMask:
            return 1u << 3;
        case Op::kReadOnly:
            return 1u << 3;
        case Op::kMountAttributes:
            return 1u << 3;
        case Op::kRootAttributes:
            return 1u << 3;
        case Op::kInitExecutable:
            return 1u << 3;
        case Op::kOomScore:
            return 1u << 2 | 1u << 3;
        case Op::kPivotRoot:
            return 1u << 3;
        case Op::kMoveRoot:
            return 1u << 3;
        case Op::kSession:
            return 1u << 4;
        case Op::kHostname:
            return 1u << 4;
        case Op::kDomainname:
            return 1u << 4;
        case Op::kNetlink:
            return 1u << 0 | 1u << 2 | 1u << 4 | 1u << 7;
        case Op::kLoopbackUp:
            return 1u << 4;
        case Op::kSysctl:
            return 1u << 4;
        case Op::kRlimit:
            return 1u << 4;
        case Op::kKeyring:
            return 1u << 4;
        case Op::kUmask:
            return 1u << 4;
        case Op::kBounding:
            return 1u << 4;
        case Op::kUser:
            return 1u << 4;
        case Op::kCapabilities:
            return 1u << 4;
        case Op::kNoNewPrivileges:
            return 1u << 4;
        case Op::kSeccomp:
            return 1u << 4;
        case Op::kSeccompListener:
            return 1u << 3;
        case Op::kSeccompNotify:
            return 1u << 4;
        case Op::kWorkingDirectory:
            return 1u << 4;
        case Op::kDeathSignal:
            return 1u << 4;
        case Op::kFindExecutable:
            return 1u << 4;
        case Op::kAwaitStart:
            return 1u << 5;
        case Op::kExec:
            return 1u << 6;
        case Op::kPause:
            return 1u << 6;
        case Op::kCgroupKill:
            return 1u << 7;
        case Op::kUnlinkName:
            return 1u << 7;
        case Op::kNetworkPlugin:
            return 1u << 7;
        case Op::kNetworkLeft:
            return 1u << 7;
        case Op::kLeaveNetworks:
            return 1u << 7;
        case Op::kCgroupRemove:
            return 1u << 7;
        case Op::kRetire:
            return 1u << 7;
        case Op::kRemove:
            return 1u << 0 | 1u << 7;
        case Op::kSessionCgroup:
            return 1u << 0;
        case Op::kSessionClone:
            return 1u << 1;
        case Op::kSessionCgroupEnter:
            return 1u << 3;
        case Op::kContainerJoin:
            return 1u << 3;
        case Op::kTerminal:
            return 1u << 3;
        case Op::kAwaitHooks:
            return 1u << 3;
        case Op::kHook:
            return 1u << 2 | 1u << 3 | 1u << 5 | 1u << 7;
        case Op::kKeepCompany:
            return 1u << 0;
        case Op::kLeaveCompany:
            return 1u << 7;
        case Op::kTimeNamespace:
            return 1u << 3;
        case Op::kAffinity:
            return 1u << 3;
        case Op::kRootPropagation:
            return 1u << 3 | 1u << 4;
        case Op::kPersonality:
            return 1u << 4;
        case Op::kScheduler:
            return 1u << 4;
        case Op::kIoPriority:
            return 1u << 4;
        case Op::kMemoryPolicy:
            return 1u << 4;
        case Op::kExecLabel:
            return 1u << 4;
        case Op::kMountAttributesBeneath:
            return 1u << 3;
        case Op::kIdMap:
            return 1u << 0;
        case Op::kHandedBind:
            return 1u << 0;
        case Op::kOverlay:
            return 1u << 0;
        case Op::kIntermediateJoin:
            return 1u << 1;
        case Op::kIdMapsWrite:
            return 1u << 2;
        case Op::kRlimitRaise:
            return 1u << 2 | 1u << 3;
        case Op::kRootAttach:
            return 1u << 3;
        case Op::kAttach:
            return 1u << 3;
        case Op::kMappedRoot:
            return 1u << 3;
        case Op::kSysctlFiles:
            return 1u << 3;
        case Op::kGate:
            return 1u << 0;
        case Op::kConsoleSocket:
            return 1u << 0;
        case Op::kStandBeside:
            return 1u << 0;
        case Op::kLauncher:
            return 1u << 1;
        case Op::kNamespaceHold:
            return 1u << 3;
        case Op::kNetworkHold:
            return 1u << 4;
        case Op::kRuntimeCreate:
            return 1u << 4 | 1u << 6;
        case Op::kRuntimeRun:
            return 1u << 6 | 1u << 7;
    }
    return 0;
}

// Whether the reader holds the arguments of this operation.
inline bool CanDecode(Op op, Reader* reader) {
    switch (op) {
        case Op::kExclusive: {
            ExclusiveOp op;
            return op.Decode(reader);
        }
        case Op::kMkdir: {
            MkdirOp op;
            return op.Decode(reader);
        }
        case Op::kWriteFile: {
            WriteFileOp op;
            return op.Decode(reader);
        }
        case Op::kEvents: {
            EventsOp op;
            return op.Decode(reader);
        }
        case Op::kLog: {
            LogOp op;
            return op.Decode(reader);
        }
        case Op::kOomSource: {
            OomSourceOp op;
            return op.Decode(reader);
        }
        case Op::kControlSocket: {
            ControlSocketOp op;
            return op.Decode(reader);
        }
        case Op::kStdio: {
            StdioOp op;
            return op.Decode(reader);
        }
        case Op::kPassthrough: {
            PassthroughOp op;
            return op.Decode(reader);
        }
        case Op::kPreserve: {
            PreserveOp op;
            return op.Decode(reader);
        }
        case Op::kHoldPort: {
            HoldPortOp op;
            return op.Decode(reader);
        }
        case Op::kTimeout: {
            TimeoutOp op;
            return op.Decode(reader);
        }
        case Op::kRestart: {
            RestartOp op;
            return op.Decode(reader);
        }
        case Op::kHealthcheck: {
            HealthcheckOp op;
            return op.Decode(reader);
        }
        case Op::kStartupHealthcheck: {
            StartupHealthcheckOp op;
            return op.Decode(reader);
        }
        case Op::kCgroupCreate: {
            CgroupCreateOp op;
            return op.Decode(reader);
        }
        case Op::kCgroupWrite: {
            CgroupWriteOp op;
            return op.Decode(reader);
        }
        case Op::kDeviceFilter: {
            DeviceFilterOp op;
            return op.Decode(reader);
        }
        case Op::kCgroupInherit: {
            CgroupInheritOp op;
            return op.Decode(reader);
        }
        case Op::kNamespaceJoin: {
            NamespaceJoinOp op;
            return op.Decode(reader);
        }
        case Op::kClone: {
            CloneOp op;
            return op.Decode(reader);
        }
        case Op::kPidFile: {
            PidFileOp op;
            return op.Decode(reader);
        }
        case Op::kReleaseChild: {
            ReleaseChildOp op;
            return op.Decode(reader);
        }
        case Op::kAwaitParent: {
            AwaitParentOp op;
            return op.Decode(reader);
        }
        case Op::kCgroupEnter: {
            CgroupEnterOp op;
            return op.Decode(reader);
        }
        case Op::kUnshare: {
            UnshareOp op;
            return op.Decode(reader);
        }
        case Op::kPropagation: {
            PropagationOp op;
            return op.Decode(reader);
        }
        case Op::kRootBind: {
            RootBindOp op;
            return op.Decode(reader);
        }
        case Op::kRootOverlay: {
            RootOverlayOp op;
            return op.Decode(reader);
        }
        case Op::kMount: {
            MountOp op;
            return op.Decode(reader);
        }
        case Op::kBind: {
            BindOp op;
            return op.Decode(reader);
        }
        case Op::kBindJoined: {
            BindJoinedOp op;
            return op.Decode(reader);
        }
        case Op::kDirectory: {
            DirectoryOp op;
            return op.Decode(reader);
        }
        case Op::kSymlink: {
            SymlinkOp op;
            return op.Decode(reader);
        }
        case Op::kDevice: {
            DeviceOp op;
            return op.Decode(reader);
        }
        case Op::kConsole: {
            ConsoleOp op;
            return op.Decode(reader);
        }
        case Op::kMask: {
            MaskOp op;
            return op.Decode(reader);
        }
        case Op::kReadOnly: {
            ReadOnlyOp op;
            return op.Decode(reader);
        }
        case Op::kMountAttributes: {
            MountAttributesOp op;
            return op.Decode(reader);
        }
        case Op::kRootAttributes: {
            RootAttributesOp op;
            return op.Decode(reader);
        }
        case Op::kInitExecutable: {
            InitExecutableOp op;
            return op.Decode(reader);
        }
        case Op::kOomScore: {
            OomScoreOp op;
            return op.Decode(reader);
        }
        case Op::kPivotRoot: {
            PivotRootOp op;
            return op.Decode(reader);
        }
        case Op::kMoveRoot: {
            MoveRootOp op;
            return op.Decode(reader);
        }
        case Op::kSession: {
            SessionOp op;
            return op.Decode(reader);
        }
        case Op::kHostname: {
            HostnameOp op;
            return op.Decode(reader);
        }
        case Op::kDomainname: {
            DomainnameOp op;
            return op.Decode(reader);
        }
        case Op::kNetlink: {
            NetlinkOp op;
            return op.Decode(reader);
        }
        case Op::kLoopbackUp: {
            LoopbackUpOp op;
            return op.Decode(reader);
        }
        case Op::kSysctl: {
            SysctlOp op;
            return op.Decode(reader);
        }
        case Op::kRlimit: {
            RlimitOp op;
            return op.Decode(reader);
        }
        case Op::kKeyring: {
            KeyringOp op;
            return op.Decode(reader);
        }
        case Op::kUmask: {
            UmaskOp op;
            return op.Decode(reader);
        }
        case Op::kBounding: {
            BoundingOp op;
            return op.Decode(reader);
        }
        case Op::kUser: {
            UserOp op;
            return op.Decode(reader);
        }
        case Op::kCapabilities: {
            CapabilitiesOp op;
            return op.Decode(reader);
        }
        case Op::kNoNewPrivileges: {
            NoNewPrivilegesOp op;
            return op.Decode(reader);
        }
        case Op::kSeccomp: {
            SeccompOp op;
            return op.Decode(reader);
        }
        case Op::kSeccompListener: {
            SeccompListenerOp op;
            return op.Decode(reader);
        }
        case Op::kSeccompNotify: {
            SeccompNotifyOp op;
            return op.Decode(reader);
        }
        case Op::kWorkingDirectory: {
            WorkingDirectoryOp op;
            return op.Decode(reader);
        }
        case Op::kDeathSignal: {
            DeathSignalOp op;
            return op.Decode(reader);
        }
        case Op::kFindExecutable: {
            FindExecutableOp op;
            return op.Decode(reader);
        }
        case Op::kAwaitStart: {
            AwaitStartOp op;
            return op.Decode(reader);
        }
        case Op::kExec: {
            ExecOp op;
            return op.Decode(reader);
        }
        case Op::kPause: {
            PauseOp op;
            return op.Decode(reader);
        }
        case Op::kCgroupKill: {
            CgroupKillOp op;
            return op.Decode(reader);
        }
        case Op::kUnlinkName: {
            UnlinkNameOp op;
            return op.Decode(reader);
        }
        case Op::kNetworkPlugin: {
            NetworkPluginOp op;
            return op.Decode(reader);
        }
        case Op::kNetworkLeft: {
            NetworkLeftOp op;
            return op.Decode(reader);
        }
        case Op::kLeaveNetworks: {
            LeaveNetworksOp op;
            return op.Decode(reader);
        }
        case Op::kCgroupRemove: {
            CgroupRemoveOp op;
            return op.Decode(reader);
        }
        case Op::kRetire: {
            RetireOp op;
            return op.Decode(reader);
        }
        case Op::kRemove: {
            RemoveOp op;
            return op.Decode(reader);
        }
        case Op::kSessionCgroup: {
            SessionCgroupOp op;
            return op.Decode(reader);
        }
        case Op::kSessionClone: {
            SessionCloneOp op;
            return op.Decode(reader);
        }
        case Op::kSessionCgroupEnter: {
            SessionCgroupEnterOp op;
            return op.Decode(reader);
        }
        case Op::kContainerJoin: {
            ContainerJoinOp op;
            return op.Decode(reader);
        }
        case Op::kTerminal: {
            TerminalOp op;
            return op.Decode(reader);
        }
        case Op::kAwaitHooks: {
            AwaitHooksOp op;
            return op.Decode(reader);
        }
        case Op::kHook: {
            HookOp op;
            return op.Decode(reader);
        }
        case Op::kKeepCompany: {
            KeepCompanyOp op;
            return op.Decode(reader);
        }
        case Op::kLeaveCompany: {
            LeaveCompanyOp op;
            return op.Decode(reader);
        }
        case Op::kTimeNamespace: {
            TimeNamespaceOp op;
            return op.Decode(reader);
        }
        case Op::kAffinity: {
            AffinityOp op;
            return op.Decode(reader);
        }
        case Op::kRootPropagation: {
            RootPropagationOp op;
            return op.Decode(reader);
        }
        case Op::kPersonality: {
            PersonalityOp op;
            return op.Decode(reader);
        }
        case Op::kScheduler: {
            SchedulerOp op;
            return op.Decode(reader);
        }
        case Op::kIoPriority: {
            IoPriorityOp op;
            return op.Decode(reader);
        }
        case Op::kMemoryPolicy: {
            MemoryPolicyOp op;
            return op.Decode(reader);
        }
        case Op::kExecLabel: {
            ExecLabelOp op;
            return op.Decode(reader);
        }
        case Op::kMountAttributesBeneath: {
            MountAttributesBeneathOp op;
            return op.Decode(reader);
        }
        case Op::kIdMap: {
            IdMapOp op;
            return op.Decode(reader);
        }
        case Op::kHandedBind: {
            HandedBindOp op;
            return op.Decode(reader);
        }
        case Op::kOverlay: {
            OverlayOp op;
            return op.Decode(reader);
        }
        case Op::kIntermediateJoin: {
            IntermediateJoinOp op;
            return op.Decode(reader);
        }
        case Op::kIdMapsWrite: {
            IdMapsWriteOp op;
            return op.Decode(reader);
        }
        case Op::kRlimitRaise: {
            RlimitRaiseOp op;
            return op.Decode(reader);
        }
        case Op::kRootAttach: {
            RootAttachOp op;
            return op.Decode(reader);
        }
        case Op::kAttach: {
            AttachOp op;
            return op.Decode(reader);
        }
        case Op::kMappedRoot: {
            MappedRootOp op;
            return op.Decode(reader);
        }
        case Op::kSysctlFiles: {
            SysctlFilesOp op;
            return op.Decode(reader);
        }
        case Op::kGate: {
            GateOp op;
            return op.Decode(reader);
        }
        case Op::kConsoleSocket: {
            ConsoleSocketOp op;
            return op.Decode(reader);
        }
        case Op::kStandBeside: {
            StandBesideOp op;
            return op.Decode(reader);
        }
        case Op::kLauncher: {
            LauncherOp op;
            return op.Decode(reader);
        }
        case Op::kNamespaceHold: {
            NamespaceHoldOp op;
            return op.Decode(reader);
        }
        case Op::kNetworkHold: {
            NetworkHoldOp op;
            return op.Decode(reader);
        }
        case Op::kRuntimeCreate: {
            RuntimeCreateOp op;
            return op.Decode(reader);
        }
        case Op::kRuntimeRun: {
            RuntimeRunOp op;
            return op.Decode(reader);
        }
    }
    return false;
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_LAUNCH_LAUNCH_H_
