// Generated from native/launch/launch.json by scripts/generate-launch.mjs; do not edit.

/** The version of the encoding; a monitor refuses another. */
export const PROGRAM_VERSION = 3;

/** The sections of a launch program, in the order in which they run. */
export const SECTIONS = ['prepare', 'clone', 'parent', 'enter', 'init', 'gate', 'exec', 'teardown'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** What each section is for. */
export const SECTION_ABOUT: Readonly<Record<SectionName, string>> = {
  prepare: "the monitor, before the clone",
  clone: "the monitor makes the child",
  parent: "the monitor, while the child runs `enter`",
  enter: "the child, in its namespaces, the host's tree still in reach",
  init: "the child, after pivot_root",
  gate: "the child is created and waits for start",
  exec: "the child becomes the container's program",
  teardown: "the monitor, after the exit is recorded",
};

/** How an argument is laid out in the bytes. */
export type ArgumentType = 'u32' | 'u64' | 'i64' | 'string' | 'bytes' | 'strings' | 'u32s';

/** One step of a launch program: one system call or one small safe composite. */
export type Instruction =
  /** Lock the monitor's byte of this file for the monitor's life, and tell the container's state in it; wait for an older monitor that is leaving. */
  | { op: 'exclusive'; path: string }
  /** Make a host directory; an existing one is fine. */
  | { op: 'mkdir'; path: string; mode: number }
  /** Write a host file whole, replacing what it held; never through a symlink. */
  | { op: 'write-file'; path: string; mode: number; data: Uint8Array }
  /** Tell what happens to the container in this journal of events: `id` begins each key, `subject` holds the members of its JSON that say who it is. */
  | { op: 'events'; directory: string; id: string; subject: string }
  /** Append the container's output to this file; `format` is 0 for k8s-file, 1 for json-file with these `attributes` (JSON, or nothing). A file that would grow beyond `maxSize` bytes (0: never) becomes PATH.1 and so on, `maxFiles` in all. */
  | { op: 'log'; path: string; format: number; maxSize: bigint; maxFiles: number; attributes: Uint8Array }
  /** Read `oom_kill` from this cgroup file at the exit; above zero means killed for memory. */
  | { op: 'oom-source'; path: string }
  /** Serve the control protocol on a socket at this path, for root only. */
  | { op: 'control-socket'; path: string }
  /** Make the container's standard streams: pipes, or a terminal made later by `console`; stdin is /dev/null unless kept open, and with `once` ends with the first client that has attached it. */
  | { op: 'stdio'; terminal: number; stdin: number; once: number; uid: number; gid: number }
  /** Take the standard streams of this process, which began at `startTicks`, for the container's; stdin only if asked for. */
  | { op: 'passthrough'; pid: number; startTicks: bigint; stdin: number }
  /** Take these descriptors of this process, which began at `startTicks`, for the container's or the session's process, which has them from 3 on; 2^32 - 1 leaves its number free. */
  | { op: 'preserve'; pid: number; startTicks: bigint; descriptors: readonly number[] }
  /** Bind a socket to this address (4 or 16 bytes) and port of the host, for a protocol of ip(7), and keep it while the container may run: no program of the host can listen there meanwhile. Unless `toPort` is 0, what comes from the loopback of IPv6 is passed on to that port of the container, at the address `to` (4 or 16 bytes, or none). */
  | { op: 'hold-port'; protocol: number; address: Uint8Array; port: number; to: Uint8Array; toPort: number }
  /** Kill the container this many seconds after its start. */
  | { op: 'timeout'; seconds: number }
  /** When the container has ended, run it again by this policy: 0 never, 1 always, 2 after a failure, at most `retries` times unless 0; with the program at `next`, if an engine has put one there. */
  | { op: 'restart'; policy: number; retries: number; next: string }
  /** Once the container runs, run the launch program of a session again and again, `intervalMs` after the last (0: when asked alone), and keep in `file` what comes of it; not while `frozen` says that the container is paused. After `retries` failures in a row it is unhealthy, and `action` follows: 0 nothing, 1 kill it, 2 run it again, 3 stop it, and leave the file `stopped` as a sign of that to the next boot. */
  | { op: 'healthcheck'; file: string; frozen: string; intervalMs: bigint; timeoutMs: bigint; retries: number; startPeriodMs: bigint; action: number; stopSignal: number; stopTimeoutMs: bigint; program: Uint8Array; stopped: string }
  /** Run this in place of `healthcheck` until it has succeeded `successes` times; after `retries` failures (0: never) run the container again. */
  | { op: 'startup-healthcheck'; intervalMs: bigint; timeoutMs: bigint; retries: number; successes: number; program: Uint8Array }
  /** Make a cgroup directory and any missing parent of it. */
  | { op: 'cgroup-create'; path: string }
  /** Write a value to a file of a cgroup; `optional` accepts a file that the kernel does not have. */
  | { op: 'cgroup-write'; path: string; value: string; optional: number }
  /** Attach a device program (eBPF) to a cgroup of version 2. */
  | { op: 'device-filter'; path: string; program: Uint8Array }
  /** Copy a file of the parent cgroup into a cgroup where it is still empty (cpuset.cpus and cpuset.mems of v1). */
  | { op: 'cgroup-inherit'; path: string; file: string }
  /** Enter an existing namespace; a PID namespace takes effect for the child, so it is joined in `prepare`. With a PID the namespace must be that of the process which began at `startTicks`. */
  | { op: 'namespace-join'; path: string; type: number; pid: number; startTicks: bigint }
  /** Make the child with these new namespaces, born in the given cgroup v2 if the path is not empty. */
  | { op: 'clone'; flags: bigint; cgroup: string }
  /** Write the child's PID to this host file. */
  | { op: 'pid-file'; path: string }
  /** Let the child pass `await-parent`. */
  | { op: 'release-child' }
  /** Wait until the monitor has made the cgroups. */
  | { op: 'await-parent' }
  /** Move the calling process, alone in its thread group, into a cgroup by writing 0 to this file. */
  | { op: 'cgroup-enter'; path: string }
  /** Leave a shared namespace for a new one (the cgroup namespace, whose root is the cgroup entered before). */
  | { op: 'unshare'; flags: bigint }
  /** Set the propagation of the whole mount tree. */
  | { op: 'propagation'; flags: bigint }
  /** Make a host directory, with what is mounted beneath it, the root; attach it at `at`. */
  | { op: 'root-bind'; directory: string; at: string }
  /** Mount an overlay as the root; attach it at `at`. */
  | { op: 'root-overlay'; lower: readonly string[]; upper: string; work: string; options: readonly string[]; at: string }
  /** Mount a new file system inside the root; the target is made if absent; with `copyUp` it begins with what it covers. In `prepare`, hand it over to the child, which attaches it. */
  | { op: 'mount'; type: string; from: string; target: string; attributes: bigint; options: readonly string[]; propagation: bigint; copyUp: number }
  /** Mount a host file or directory inside the root; the target is made if absent; `optional` accepts a missing source. */
  | { op: 'bind'; from: string; target: string; recursive: number; set: bigint; clear: bigint; setBeneath: bigint; propagation: bigint; optional: number }
  /** Show inside the root what the process which began at `startTicks` has mounted at a path of its mount namespace. In `prepare`, hand it over to the child, which attaches it. */
  | { op: 'bind-joined'; pid: number; startTicks: bigint; from: string; target: string; set: bigint; propagation: bigint }
  /** Make a directory inside the root if it is absent. */
  | { op: 'directory'; path: string; mode: number }
  /** Make a symbolic link inside the root if nothing is there. */
  | { op: 'symlink'; to: string; path: string }
  /** Make a device node inside the root. In `prepare`, inside the last mount that was handed over. */
  | { op: 'device'; path: string; mode: number; major: number; minor: number; uid: number; gid: number }
  /** Open a terminal in the container's devpts, hand its master to the monitor and show it as /dev/console. */
  | { op: 'console'; rows: number; columns: number }
  /** Cover a path inside the root: a file with the null device, a directory with an empty read-only tmpfs; a missing one is fine. */
  | { op: 'mask'; path: string }
  /** Make a path inside the root read-only; a missing one is fine. */
  | { op: 'read-only'; path: string }
  /** Set attributes of the mount at a path inside the root. */
  | { op: 'mount-attributes'; path: string; set: bigint }
  /** Set attributes of the root mount itself. */
  | { op: 'root-attributes'; set: bigint }
  /** Keep the monitor's own executable at hand: `exec` then becomes it, as an init that runs the program. */
  | { op: 'init-executable' }
  /** Set the score by which the kernel picks whom to kill for memory; the monitor sets it for a child that may not lower its own. */
  | { op: 'oom-score'; value: bigint }
  /** Make the root the root of the mount namespace and let go of the host's tree. */
  | { op: 'pivot-root' }
  /** Move the root over that of the mount namespace, which stays beneath it but for its /proc and /sys, and change to it: where pivot_root cannot be, on a root of an initramfs. */
  | { op: 'move-root' }
  /** Start a session; with `terminal`, take the console as the controlling terminal and as the standard streams. */
  | { op: 'session'; terminal: number }
  /** Set the host name. */
  | { op: 'hostname'; name: string }
  /** Set the NIS domain name. */
  | { op: 'domainname'; name: string }
  /** Send netlink messages to a protocol, each to be acknowledged, in the network namespace of whoever does it. Where `pidAt` is not 0, the child's PID is put at that offset first. */
  | { op: 'netlink'; protocol: number; messages: Uint8Array; pidAt: number }
  /** Bring the loopback interface up. */
  | { op: 'loopback-up' }
  /** Write a kernel parameter through a private procfs. */
  | { op: 'sysctl'; path: string; value: string }
  /** Set a resource limit; `clamp` lowers it to what the process may set. */
  | { op: 'rlimit'; resource: number; soft: bigint; hard: bigint; clamp: number }
  /** Join a new session keyring of this name. */
  | { op: 'keyring'; name: string }
  /** Set the file mode creation mask. */
  | { op: 'umask'; mask: number }
  /** Drop every capability outside this set from the bounding set. */
  | { op: 'bounding'; capabilities: bigint }
  /** Become this user, group and supplementary groups, keeping the permitted capabilities. */
  | { op: 'user'; uid: number; gid: number; groups: readonly number[] }
  /** Set the effective, permitted, inheritable and ambient capabilities. */
  | { op: 'capabilities'; effective: bigint; permitted: bigint; inheritable: bigint; ambient: bigint }
  /** Never gain privileges by execve again. */
  | { op: 'no-new-privileges' }
  /** Install a system call filter. */
  | { op: 'seccomp'; flags: number; filter: Uint8Array }
  /** Connect to the socket at this path, which `seccomp-notify` sends to; learn this process's PID from the host's procfs. */
  | { op: 'seccomp-listener'; path: string }
  /** Install a system call filter with a listener, and send that to the socket of `seccomp-listener`, with this text, in which the PID goes at each of `pidsAt`. */
  | { op: 'seccomp-notify'; flags: number; filter: Uint8Array; state: Uint8Array; pidsAt: readonly number[] }
  /** Enter the working directory, making it inside the root if `make` is set; one outside the root is refused. */
  | { op: 'working-directory'; path: string; make: number }
  /** Die with the monitor (after the credentials, which clear it). */
  | { op: 'death-signal'; signal: number }
  /** Find the program in these directories, or where its name has a slash; missing and not executable are told apart. */
  | { op: 'find-executable'; name: string; search: readonly string[] }
  /** Tell the monitor that the container is created and wait for start. */
  | { op: 'await-start' }
  /** Close every foreign descriptor and become the program found before. */
  | { op: 'exec'; arguments: readonly string[]; environment: readonly string[] }
  /** Close every foreign descriptor and become a pause, which keeps the namespaces and reaps: the program of an infra container. */
  | { op: 'pause' }
  /** Kill what is left in a cgroup and wait until it is empty. */
  | { op: 'cgroup-kill'; path: string }
  /** Remove this symbolic link if it still points there, else the one beside it that does: a name that another has taken meanwhile stays. */
  | { op: 'unlink-name'; path: string; to: string }
  /** Run a CNI plugin to its end, with `input` to read, once no other run follows. */
  | { op: 'network-plugin'; path: string; environment: readonly string[]; input: Uint8Array; timeoutMs: bigint }
  /** Unmount the network namespace that the plugins knew, and remove `record`, which says what they hold, unless one of them failed. */
  | { op: 'network-left'; at: string; record: string }
  /** Take the container's names out of its neighbours' hosts files, then give its addresses back: symbolic links to its ID, beneath a directory of each network. */
  | { op: 'leave-networks'; networks: string; hosts: string; id: string }
  /** Remove a cgroup and those beneath it; a missing one is fine. */
  | { op: 'cgroup-remove'; path: string }
  /** Take the directory of the container itself away: it disappears by rename, the removal is told, and then it is taken apart. */
  | { op: 'retire'; path: string }
  /** Remove a host file, link or whole directory, never through a symlink; a missing one is fine. */
  | { op: 'remove'; path: string }
  /** Make a cgroup of the exec session's own, named by its ID, beneath this one: its child is born in it (version 2) or enters it; what another OCI runtime makes is moved there. */
  | { op: 'session-cgroup'; directory: string; version: number }
  /** Make the child of an exec session, in the PID namespace of the container's init. With `late` the child is confined outside of it, and then makes the session's process inside, so that nobody in there who may trace others finds it unconfined; `tracer` has every later session born late, too. */
  | { op: 'session-clone'; late: number; tracer: number }
  /** Enter the cgroup of the session, where it was not born in it. */
  | { op: 'session-cgroup-enter' }
  /** Enter these namespaces of the container's init, which the monitor holds by its pidfd. */
  | { op: 'container-join'; types: number }
  /** Open a terminal in the container's devpts and hand its master to the monitor. */
  | { op: 'terminal'; rows: number; columns: number }
  /** Tell the monitor that all is mounted, and wait until it has run the hooks of the runtime's namespaces. */
  | { op: 'await-hooks' }
  /** Run a program to its end, with the container's state as its input, in which the PID goes at `pidAt` unless that is 0. In `parent` it is a hook of the runtime's namespaces, which waits for `await-hooks`, or at the point 4 (poststart) for the program to run; in `enter` and `gate` the child runs it where it is then. */
  | { op: 'hook'; point: number; path: string; arguments: readonly string[]; environment: readonly string[]; timeoutMs: bigint; input: Uint8Array; pidAt: number }
  /** Stay only as long as this directory is there, in which each container of the pod that has not ended has a file: then stop the container, by this signal, and by SIGKILL after the timeout. */
  | { op: 'keep-company'; directory: string; stopSignal: number; stopTimeoutMs: bigint }
  /** Take the container out of those that the infra container of its pod stays for, files in a directory: the last one takes the directory along. */
  | { op: 'leave-company'; directory: string; id: string }
  /** Make a time namespace whose clocks are off by this much (lines of /proc/PID/timens_offsets), and enter it. */
  | { op: 'time-namespace'; offsets: string }
  /** Run on these processors alone: one bit each. */
  | { op: 'affinity'; processors: Uint8Array }
  /** Set the propagation of the root mount: in `init`, after pivot_root, which refuses a shared one. */
  | { op: 'root-propagation'; flags: bigint }
  /** Set the execution domain. */
  | { op: 'personality'; persona: bigint }
  /** Set the scheduling policy and its parameters. */
  | { op: 'scheduler'; policy: number; flags: bigint; nice: bigint; priority: number; runtime: bigint; deadline: bigint; period: bigint }
  /** Set the priority in the queues of disks. */
  | { op: 'io-priority'; priority: number }
  /** Set the NUMA policy: mode with its flags, and one bit a node. */
  | { op: 'memory-policy'; mode: number; nodes: Uint8Array }
  /** Have the next execve change the label of a security module: the file beneath the process's `attr`, through a private procfs. */
  | { op: 'exec-label'; file: string; label: string }
  /** Set and clear attributes of the mount at a path inside the root, and of all beneath it. */
  | { op: 'mount-attributes-beneath'; path: string; set: bigint; clear: bigint }
  /** Map IDs so in the mounts of this section that ask for it: `uids` and `gids` are runs of three numbers, the first ID inside, the first outside, how many. */
  | { op: 'id-map'; uids: readonly number[]; gids: readonly number[] }
  /** Copy the mount of a host file or directory as `bind` does, and hand it over to the child, which attaches it; `idMap` is 1 for mapped IDs, 2 for those of all mounts beneath too. */
  | { op: 'handed-bind'; from: string; recursive: number; set: bigint; clear: bigint; setBeneath: bigint; propagation: bigint; optional: number; idMap: number }
  /** Mount an overlay and hand it over to the child. The directories `mapped` are seen through one mount each with mapped IDs meanwhile; what the overlay makes in its upper layer by itself belongs to this user and group. */
  | { op: 'overlay'; lower: readonly string[]; upper: string; work: string; options: readonly string[]; mapped: readonly string[]; attributes: bigint; propagation: bigint; uid: number; gid: number }
  /** Have the child made by an intermediate process that enters this namespace first; with a PID the namespace must be that of the process which began at `startTicks`. */
  | { op: 'intermediate-join'; path: string; type: number; pid: number; startTicks: bigint }
  /** Write the ID maps of the child's user namespace: runs of three numbers, as of `id-map`. */
  | { op: 'id-maps-write'; uids: readonly number[]; gids: readonly number[] }
  /** Let the child set a resource limit up to `hard`, which it may not do by itself in a user namespace; the limit that holds stays. */
  | { op: 'rlimit-raise'; resource: number; hard: bigint }
  /** Make a mount that the monitor handed over, by its number, the root; attach it at `at`. */
  | { op: 'root-attach'; mount: number; at: string }
  /** Attach a mount that the monitor handed over, by its number, inside the root; the target is made if absent, and nothing is done for an `optional` one that is not there. */
  | { op: 'attach'; mount: number; target: string }
  /** Become the root of the user namespace. */
  | { op: 'mapped-root' }
  /** Keep a private procfs at hand for `sysctl`: in a user namespace none can be mounted once paths of /proc are masked. */
  | { op: 'sysctl-files' }
  /** Launch and leave: `await-start` waits by itself at a socket at this path, for root only, for one who speaks the control protocol. The monitor goes, and leaves the container to whoever reaps, when the birth connection ends after `keep`. */
  | { op: 'gate'; path: string }
  /** Hand the master of the terminal over to the socket at this path, in place of keeping it. */
  | { op: 'console-socket'; path: string }
  /** Launch nothing, but run exec sessions in the container whose init began at `startTicks`, on the birth connection; go when nobody speaks of sessions any more, and leave those that run to whoever reaps. Without `reap` those that have ended are left too, so that others learn how. */
  | { op: 'stand-beside'; pid: number; startTicks: bigint; reap: number }
  /** Make a child with these new namespaces that is none of the container: it has an OCI runtime make the container, or a session's process, and goes when that runs. */
  | { op: 'launcher'; flags: bigint }
  /** Show an existing namespace as a file of this mount namespace; with a PID it must be that of the process which began at `startTicks`. */
  | { op: 'namespace-hold'; path: string; pid: number; startTicks: bigint; at: string }
  /** Show the network namespace that this process was born in as a file of this mount namespace, and go back to that of the monitor. */
  | { op: 'network-hold'; at: string }
  /** Run an OCI runtime that makes a process with the standard streams of the program, and leaves it to the monitor. What the two pass to each other is in a directory of its own beneath `directory`: `arguments`, which begin with the program's name, are followed by `--log`, then `verb` by `--pid-file`, `--console-socket` for a terminal, `--process` for what `process` holds, and the ID. `command` is for descriptions. When it fails, the last line of its log says why. */
  | { op: 'runtime-create'; path: string; arguments: readonly string[]; verb: readonly string[]; id: string; environment: readonly string[]; directory: string; process: Uint8Array; command: readonly string[]; rows: number; columns: number; timeoutMs: bigint }
  /** Run an OCI runtime to its end, to start the container that it has made, or to delete it. */
  | { op: 'runtime-run'; path: string; arguments: readonly string[]; environment: readonly string[]; log: string; timeoutMs: bigint };

export type Op = Instruction['op'];

/** The number, the arguments and the sections of every instruction. */
export const INSTRUCTIONS: Readonly<
  Record<Op, { code: number; args: readonly (readonly [string, ArgumentType])[]; in: readonly SectionName[] }>
> = {
  'exclusive': { code: 1, args: [['path', 'string']], in: ['prepare'] },
  'mkdir': { code: 2, args: [['path', 'string'], ['mode', 'u32']], in: ['prepare'] },
  'write-file': { code: 3, args: [['path', 'string'], ['mode', 'u32'], ['data', 'bytes']], in: ['prepare'] },
  'events': { code: 4, args: [['directory', 'string'], ['id', 'string'], ['subject', 'string']], in: ['prepare'] },
  'log': { code: 5, args: [['path', 'string'], ['format', 'u32'], ['maxSize', 'u64'], ['maxFiles', 'u32'], ['attributes', 'bytes']], in: ['prepare'] },
  'oom-source': { code: 6, args: [['path', 'string']], in: ['prepare'] },
  'control-socket': { code: 7, args: [['path', 'string']], in: ['prepare'] },
  'stdio': { code: 8, args: [['terminal', 'u32'], ['stdin', 'u32'], ['once', 'u32'], ['uid', 'u32'], ['gid', 'u32']], in: ['prepare'] },
  'passthrough': { code: 9, args: [['pid', 'u32'], ['startTicks', 'u64'], ['stdin', 'u32']], in: ['prepare'] },
  'preserve': { code: 10, args: [['pid', 'u32'], ['startTicks', 'u64'], ['descriptors', 'u32s']], in: ['prepare'] },
  'hold-port': { code: 11, args: [['protocol', 'u32'], ['address', 'bytes'], ['port', 'u32'], ['to', 'bytes'], ['toPort', 'u32']], in: ['prepare'] },
  'timeout': { code: 12, args: [['seconds', 'u32']], in: ['prepare'] },
  'restart': { code: 13, args: [['policy', 'u32'], ['retries', 'u32'], ['next', 'string']], in: ['prepare'] },
  'healthcheck': { code: 14, args: [['file', 'string'], ['frozen', 'string'], ['intervalMs', 'u64'], ['timeoutMs', 'u64'], ['retries', 'u32'], ['startPeriodMs', 'u64'], ['action', 'u32'], ['stopSignal', 'u32'], ['stopTimeoutMs', 'u64'], ['program', 'bytes'], ['stopped', 'string']], in: ['prepare'] },
  'startup-healthcheck': { code: 15, args: [['intervalMs', 'u64'], ['timeoutMs', 'u64'], ['retries', 'u32'], ['successes', 'u32'], ['program', 'bytes']], in: ['prepare'] },
  'cgroup-create': { code: 16, args: [['path', 'string']], in: ['prepare', 'parent'] },
  'cgroup-write': { code: 17, args: [['path', 'string'], ['value', 'string'], ['optional', 'u32']], in: ['prepare', 'parent'] },
  'device-filter': { code: 18, args: [['path', 'string'], ['program', 'bytes']], in: ['prepare'] },
  'cgroup-inherit': { code: 19, args: [['path', 'string'], ['file', 'string']], in: ['prepare', 'parent'] },
  'namespace-join': { code: 20, args: [['path', 'string'], ['type', 'u32'], ['pid', 'u32'], ['startTicks', 'u64']], in: ['prepare', 'enter'] },
  'clone': { code: 21, args: [['flags', 'u64'], ['cgroup', 'string']], in: ['clone'] },
  'pid-file': { code: 22, args: [['path', 'string']], in: ['parent'] },
  'release-child': { code: 23, args: [], in: ['parent'] },
  'await-parent': { code: 24, args: [], in: ['enter'] },
  'cgroup-enter': { code: 25, args: [['path', 'string']], in: ['enter'] },
  'unshare': { code: 26, args: [['flags', 'u64']], in: ['enter'] },
  'propagation': { code: 27, args: [['flags', 'u64']], in: ['enter'] },
  'root-bind': { code: 28, args: [['directory', 'string'], ['at', 'string']], in: ['enter'] },
  'root-overlay': { code: 29, args: [['lower', 'strings'], ['upper', 'string'], ['work', 'string'], ['options', 'strings'], ['at', 'string']], in: ['enter'] },
  'mount': { code: 30, args: [['type', 'string'], ['from', 'string'], ['target', 'string'], ['attributes', 'u64'], ['options', 'strings'], ['propagation', 'u64'], ['copyUp', 'u32']], in: ['prepare', 'enter'] },
  'bind': { code: 31, args: [['from', 'string'], ['target', 'string'], ['recursive', 'u32'], ['set', 'u64'], ['clear', 'u64'], ['setBeneath', 'u64'], ['propagation', 'u64'], ['optional', 'u32']], in: ['enter'] },
  'bind-joined': { code: 32, args: [['pid', 'u32'], ['startTicks', 'u64'], ['from', 'string'], ['target', 'string'], ['set', 'u64'], ['propagation', 'u64']], in: ['prepare', 'enter'] },
  'directory': { code: 33, args: [['path', 'string'], ['mode', 'u32']], in: ['enter'] },
  'symlink': { code: 34, args: [['to', 'string'], ['path', 'string']], in: ['enter'] },
  'device': { code: 35, args: [['path', 'string'], ['mode', 'u32'], ['major', 'u32'], ['minor', 'u32'], ['uid', 'u32'], ['gid', 'u32']], in: ['prepare', 'enter'] },
  'console': { code: 36, args: [['rows', 'u32'], ['columns', 'u32']], in: ['enter'] },
  'mask': { code: 37, args: [['path', 'string']], in: ['enter'] },
  'read-only': { code: 38, args: [['path', 'string']], in: ['enter'] },
  'mount-attributes': { code: 39, args: [['path', 'string'], ['set', 'u64']], in: ['enter'] },
  'root-attributes': { code: 40, args: [['set', 'u64']], in: ['enter'] },
  'init-executable': { code: 41, args: [], in: ['enter'] },
  'oom-score': { code: 42, args: [['value', 'i64']], in: ['parent', 'enter'] },
  'pivot-root': { code: 43, args: [], in: ['enter'] },
  'move-root': { code: 44, args: [], in: ['enter'] },
  'session': { code: 45, args: [['terminal', 'u32']], in: ['init'] },
  'hostname': { code: 46, args: [['name', 'string']], in: ['init'] },
  'domainname': { code: 47, args: [['name', 'string']], in: ['init'] },
  'netlink': { code: 48, args: [['protocol', 'u32'], ['messages', 'bytes'], ['pidAt', 'u32']], in: ['prepare', 'parent', 'init', 'teardown'] },
  'loopback-up': { code: 49, args: [], in: ['init'] },
  'sysctl': { code: 50, args: [['path', 'string'], ['value', 'string']], in: ['init'] },
  'rlimit': { code: 51, args: [['resource', 'u32'], ['soft', 'u64'], ['hard', 'u64'], ['clamp', 'u32']], in: ['init'] },
  'keyring': { code: 52, args: [['name', 'string']], in: ['init'] },
  'umask': { code: 53, args: [['mask', 'u32']], in: ['init'] },
  'bounding': { code: 54, args: [['capabilities', 'u64']], in: ['init'] },
  'user': { code: 55, args: [['uid', 'u32'], ['gid', 'u32'], ['groups', 'u32s']], in: ['init'] },
  'capabilities': { code: 56, args: [['effective', 'u64'], ['permitted', 'u64'], ['inheritable', 'u64'], ['ambient', 'u64']], in: ['init'] },
  'no-new-privileges': { code: 57, args: [], in: ['init'] },
  'seccomp': { code: 58, args: [['flags', 'u32'], ['filter', 'bytes']], in: ['init'] },
  'seccomp-listener': { code: 59, args: [['path', 'string']], in: ['enter'] },
  'seccomp-notify': { code: 60, args: [['flags', 'u32'], ['filter', 'bytes'], ['state', 'bytes'], ['pidsAt', 'u32s']], in: ['init'] },
  'working-directory': { code: 61, args: [['path', 'string'], ['make', 'u32']], in: ['init'] },
  'death-signal': { code: 62, args: [['signal', 'u32']], in: ['init'] },
  'find-executable': { code: 63, args: [['name', 'string'], ['search', 'strings']], in: ['init'] },
  'await-start': { code: 64, args: [], in: ['gate'] },
  'exec': { code: 65, args: [['arguments', 'strings'], ['environment', 'strings']], in: ['exec'] },
  'pause': { code: 66, args: [], in: ['exec'] },
  'cgroup-kill': { code: 67, args: [['path', 'string']], in: ['teardown'] },
  'unlink-name': { code: 68, args: [['path', 'string'], ['to', 'string']], in: ['teardown'] },
  'network-plugin': { code: 69, args: [['path', 'string'], ['environment', 'strings'], ['input', 'bytes'], ['timeoutMs', 'u64']], in: ['teardown'] },
  'network-left': { code: 70, args: [['at', 'string'], ['record', 'string']], in: ['teardown'] },
  'leave-networks': { code: 71, args: [['networks', 'string'], ['hosts', 'string'], ['id', 'string']], in: ['teardown'] },
  'cgroup-remove': { code: 72, args: [['path', 'string']], in: ['teardown'] },
  'retire': { code: 73, args: [['path', 'string']], in: ['teardown'] },
  'remove': { code: 74, args: [['path', 'string']], in: ['prepare', 'teardown'] },
  'session-cgroup': { code: 75, args: [['directory', 'string'], ['version', 'u32']], in: ['prepare'] },
  'session-clone': { code: 76, args: [['late', 'u32'], ['tracer', 'u32']], in: ['clone'] },
  'session-cgroup-enter': { code: 77, args: [], in: ['enter'] },
  'container-join': { code: 78, args: [['types', 'u32']], in: ['enter'] },
  'terminal': { code: 79, args: [['rows', 'u32'], ['columns', 'u32']], in: ['enter'] },
  'await-hooks': { code: 80, args: [], in: ['enter'] },
  'hook': { code: 81, args: [['point', 'u32'], ['path', 'string'], ['arguments', 'strings'], ['environment', 'strings'], ['timeoutMs', 'u64'], ['input', 'bytes'], ['pidAt', 'u32']], in: ['parent', 'enter', 'gate', 'teardown'] },
  'keep-company': { code: 82, args: [['directory', 'string'], ['stopSignal', 'u32'], ['stopTimeoutMs', 'u64']], in: ['prepare'] },
  'leave-company': { code: 83, args: [['directory', 'string'], ['id', 'string']], in: ['teardown'] },
  'time-namespace': { code: 84, args: [['offsets', 'string']], in: ['enter'] },
  'affinity': { code: 85, args: [['processors', 'bytes']], in: ['enter'] },
  'root-propagation': { code: 86, args: [['flags', 'u64']], in: ['enter', 'init'] },
  'personality': { code: 87, args: [['persona', 'u64']], in: ['init'] },
  'scheduler': { code: 88, args: [['policy', 'u32'], ['flags', 'u64'], ['nice', 'i64'], ['priority', 'u32'], ['runtime', 'u64'], ['deadline', 'u64'], ['period', 'u64']], in: ['init'] },
  'io-priority': { code: 89, args: [['priority', 'u32']], in: ['init'] },
  'memory-policy': { code: 90, args: [['mode', 'u32'], ['nodes', 'bytes']], in: ['init'] },
  'exec-label': { code: 91, args: [['file', 'string'], ['label', 'string']], in: ['init'] },
  'mount-attributes-beneath': { code: 92, args: [['path', 'string'], ['set', 'u64'], ['clear', 'u64']], in: ['enter'] },
  'id-map': { code: 93, args: [['uids', 'u32s'], ['gids', 'u32s']], in: ['prepare'] },
  'handed-bind': { code: 94, args: [['from', 'string'], ['recursive', 'u32'], ['set', 'u64'], ['clear', 'u64'], ['setBeneath', 'u64'], ['propagation', 'u64'], ['optional', 'u32'], ['idMap', 'u32']], in: ['prepare'] },
  'overlay': { code: 95, args: [['lower', 'strings'], ['upper', 'string'], ['work', 'string'], ['options', 'strings'], ['mapped', 'strings'], ['attributes', 'u64'], ['propagation', 'u64'], ['uid', 'u32'], ['gid', 'u32']], in: ['prepare'] },
  'intermediate-join': { code: 96, args: [['path', 'string'], ['type', 'u32'], ['pid', 'u32'], ['startTicks', 'u64']], in: ['clone'] },
  'id-maps-write': { code: 97, args: [['uids', 'u32s'], ['gids', 'u32s']], in: ['parent'] },
  'rlimit-raise': { code: 98, args: [['resource', 'u32'], ['hard', 'u64']], in: ['parent', 'enter'] },
  'root-attach': { code: 99, args: [['mount', 'u32'], ['at', 'string']], in: ['enter'] },
  'attach': { code: 100, args: [['mount', 'u32'], ['target', 'string']], in: ['enter'] },
  'mapped-root': { code: 101, args: [], in: ['enter'] },
  'sysctl-files': { code: 102, args: [], in: ['enter'] },
  'gate': { code: 103, args: [['path', 'string']], in: ['prepare'] },
  'console-socket': { code: 104, args: [['path', 'string']], in: ['prepare'] },
  'stand-beside': { code: 105, args: [['pid', 'u32'], ['startTicks', 'u64'], ['reap', 'u32']], in: ['prepare'] },
  'launcher': { code: 106, args: [['flags', 'u64']], in: ['clone'] },
  'namespace-hold': { code: 107, args: [['path', 'string'], ['pid', 'u32'], ['startTicks', 'u64'], ['at', 'string']], in: ['enter'] },
  'network-hold': { code: 108, args: [['at', 'string']], in: ['init'] },
  'runtime-create': { code: 109, args: [['path', 'string'], ['arguments', 'strings'], ['verb', 'strings'], ['id', 'string'], ['environment', 'strings'], ['directory', 'string'], ['process', 'bytes'], ['command', 'strings'], ['rows', 'u32'], ['columns', 'u32'], ['timeoutMs', 'u64']], in: ['init', 'exec'] },
  'runtime-run': { code: 110, args: [['path', 'string'], ['arguments', 'strings'], ['environment', 'strings'], ['log', 'string'], ['timeoutMs', 'u64']], in: ['exec', 'teardown'] },
};
