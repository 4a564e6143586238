import type { CreateOptions, NamespaceChoice } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { parseDevice, parseDeviceRule } from './devices.js';
import { parseEnvironment, type EnvironmentFlags } from './environment.js';
import { addHealthFlags, parseHealth, type HealthFlags } from './health.js';
import { parseLog } from './log.js';
import { parseMount } from './mount.js';
import { parseTmpfs, parseVolume } from './mounts.js';
import { parseIpc, parseNamespace } from './namespaces.js';
import { networkMode, parseNetworks, type NetworkFlags } from './network.js';
import { addResourceFlags, parseResources, type ResourceFlags } from './resources.js';
import type { PodOfContainerFlags } from '../pod/of-container.js';
import { addPlatformFlags, addRegistryFlags, type RegistryFlags } from './registry.js';
import { parseSecurityOptions } from './security.js';
import { addUserNamespaceFlags, parseUserNamespace, type UserNamespaceFlags } from './user-namespace.js';
import {
  collect,
  collectList,
  parseEntrypoint,
  parseFullPairs,
  parsePairs,
  parseSize,
  parseUlimits,
  parseUmask,
  parseWhole,
  readNamedFile,
} from './values.js';

/** The flags that `run` and `create` share, as they were written. */
export interface CreateFlags
  extends
    NetworkFlags,
    ResourceFlags,
    EnvironmentFlags,
    PodOfContainerFlags,
    RegistryFlags,
    HealthFlags,
    UserNamespaceFlags {
  readonly pull?: string;
  readonly imageVolume?: string;
  /** True if the directory is the first argument: podman's own form. */
  readonly rootfs?: string | true;
  readonly hostRoot?: boolean;
  readonly bundle?: string;
  readonly rm?: boolean;
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly name?: string;
  readonly replace?: boolean;
  readonly quiet?: boolean;
  readonly volumesFrom?: readonly string[];
  readonly tz?: string;
  readonly workdir?: string;
  readonly user?: string;
  readonly groupAdd?: readonly string[];
  /** False for --no-hostname. */
  readonly hostname?: string | false;
  readonly addHost?: readonly string[];
  /** False for --no-hosts. */
  readonly hosts?: boolean;
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOption?: readonly string[];
  readonly label?: readonly string[];
  readonly labelFile?: readonly string[];
  readonly annotation?: readonly string[];
  readonly volume?: readonly string[];
  readonly mount?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly readOnly?: boolean;
  readonly readOnlyTmpfs?: boolean;
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly privileged?: boolean;
  readonly device?: readonly string[];
  readonly deviceCgroupRule?: readonly string[];
  readonly init?: boolean;
  readonly securityOpt?: readonly string[];
  readonly pid?: string;
  readonly ipc?: string;
  readonly uts?: string;
  readonly publishAll?: boolean;
  readonly expose?: readonly string[];
  readonly cgroupns?: string;
  readonly requires?: readonly string[];
  readonly cgroupParent?: string;
  readonly ulimit?: readonly string[];
  readonly oomScoreAdj?: string;
  readonly sysctl?: readonly string[];
  readonly shmSize?: string;
  readonly umask?: string;
  readonly restart?: string;
  readonly stopSignal?: string;
  readonly stopTimeout?: string;
  readonly timeout?: string;
  readonly pidfile?: string;
  readonly logDriver?: string;
  readonly logOpt?: readonly string[];
  readonly cidfile?: string;
  readonly entrypoint?: string;
  readonly dryRun?: boolean;
}

/** podman has `size` on XFS with project quotas alone, and says the same of all else. */
function refuseStorageOption(text: string): never {
  throw new UsageError(
    `--storage-opt ${JSON.stringify(text)} is not supported: the root of a container has no quota of its own; make what grows a volume with -o type=tmpfs -o o=size=SIZE, or --tmpfs`,
  );
}

/** Gives a command the flags that describe a new container: podman-create(1). */
export function addCreateFlags(command: PodmanCommand): void {
  addResourceFlags(command);
  addRegistryFlags(command);
  addPlatformFlags(command);
  addHealthFlags(command);
  addUserNamespaceFlags(command);
  command
    .usage('[options] [IMAGE | ROOT] COMMAND [ARG...]')
    .argument('[words...]', 'the command and its arguments')
    .passThroughOptions()
    .option('--pull <policy>', 'pull the image: missing (default), always, never or newer')
    .option('--image-volume <kind>', 'what the volumes of the image are: bind (default), tmpfs or ignore')
    .option('--rootfs [dir[:O]]', 'a directory as the root; with :O under an overlay that is thrown away')
    .option('--storage-opt <option>', 'limits of the root, which are not supported', refuseStorageOption)
    .option('--host-root', "a root composed of the host's /usr, read-only, and a fresh /etc")
    .option('--bundle <dir>', 'an OCI bundle: it is run as its config.json says')
    .option('--rm', 'remove the container when it ends')
    .option('-i, --interactive', 'keep stdin open')
    .option('-t, --tty', 'give the container a terminal')
    .option('--name <name>', 'assign a name to the container')
    .option('--replace', 'remove a container that has the name, and take its place')
    .option('-q, --quiet', 'do not tell how pulling the image goes on')
    .option('-e, --env <name=value>', 'set an environment variable', collect)
    .option('--env-file <file>', 'read environment variables from a file', collect)
    .option('--env-host', 'use the environment of the caller')
    .option('--unsetenv <name>', 'leave out a variable of the defaults or the image', collect)
    .option('--unsetenv-all', 'leave out all of them')
    .option('-w, --workdir <dir>', 'working directory inside the container')
    .option('-u, --user <user[:group]>', 'user name or UID, and group name or GID')
    .option('--group-add <group>', 'more groups of the user', collectList)
    .option('-h, --hostname <name>', "the container's host name")
    .option('--add-host <name:address>', 'add a line to /etc/hosts', collectList)
    .option('--no-hosts', "leave the root's own /etc/hosts alone")
    .option('--no-hostname', "leave the root's own /etc/hostname alone")
    .option('--dns <address>', "name servers; none leaves the root's own /etc/resolv.conf alone", collectList)
    .option('--dns-search <domain>', 'domains in which names are looked up; . for none', collectList)
    .option('--dns-option <option>', 'options of resolv.conf', collectList)
    .option('-l, --label <key=value>', 'set metadata', collect)
    .option('--label-file <file>', 'read labels from a file', collect)
    .option('--annotation <key=value>', 'add an annotation', collect)
    .option('-v, --volume <[src:]dst[:options]>', 'bind a path of the host, or a volume by its name', collect)
    .option('--mount <type=...,...>', 'attach a bind mount, a volume, a tmpfs or a devpts', collect)
    .option('--tmpfs <dst[:options]>', 'mount a tmpfs', collect)
    .option('--volumes-from <container[:options]>', 'mount what another container has', collectList)
    .option('--tz <zone>', "the time zone; local for the host's")
    .option('--read-only', 'make the root read-only')
    .option('--read-only-tmpfs', 'with --read-only, keep /run, /tmp and /var/tmp writable (default true)')
    .option('--cap-add <capability>', 'add capabilities', collectList)
    .option('--cap-drop <capability>', 'drop capabilities', collectList)
    .option('--privileged', 'give all privileges')
    .option(
      '--security-opt <option>',
      'no-new-privileges, seccomp=, apparmor=, mask=, unmask= or proc-opts=',
      collect,
    )
    .option(
      '--device <host[:container][:access]>',
      'a device of the host, or all of a directory',
      collectList,
    )
    .option('--device-cgroup-rule <rule>', 'allow devices: "c 1:3 rwm"', collect)
    .option('--init', 'run the command under a small init that reaps and forwards signals')
    .option('--pid <mode>', 'PID namespace: private, host, container:NAME or ns:PATH')
    .option('--ipc <mode>', 'IPC namespace: shareable, private, none, host, container:NAME or ns:PATH')
    .option('--uts <mode>', 'UTS namespace: private, host, container:NAME or ns:PATH')
    .option(
      '--net, --network <mode>',
      'bridge, the name of a network, none, private, host, container:NAME or ns:PATH',
      collect,
    )
    .option(
      '-p, --publish <[[ip:]host:]container[/protocol]>',
      'lead a port of the host to the container',
      collect,
    )
    .option('-P, --publish-all', 'publish all exposed ports at free ones of the host')
    .option('--expose <port[/protocol]>', 'a port at which it listens, for --publish-all', collectList)
    .option('--ip <address>', 'a static address of IPv4')
    .option('--ip6 <address>', 'a static address of IPv6')
    .option('--mac-address <address>', 'a static MAC address')
    .option('--network-alias <name>', 'a name for the other containers of its networks', collectList)
    .option('--cgroupns <mode>', 'cgroup namespace: private, host, container:NAME or ns:PATH')
    .option('--pod <name>', 'the pod that it belongs to; new:NAME makes one')
    .option('--pod-id-file <file>', 'read the ID of the pod from a file')
    .option('--requires <container>', 'containers that must run before this one starts', collectList)
    .option('--cgroup-parent <path>', "the cgroup that holds the container's")
    .option('--ulimit <name=soft[:hard]>', "resource limits; host for the caller's", collect)
    .option('--oom-score-adj <number>', "adjust the host's OOM preference, -1000 to 1000")
    .option('--sysctl <name=value>', 'kernel parameters', collect)
    .option('--shm-size <size>', 'size of /dev/shm')
    .option('--umask <mode>', 'umask in the container')
    .option(
      '--restart <policy>',
      'run it again when it ends: no, always, unless-stopped or on-failure[:times]',
    )
    .option('--stop-signal <signal>', 'the signal that stops the container')
    .option('--stop-timeout <seconds>', 'seconds between the stop signal and KILL')
    .option('--timeout <seconds>', 'kill the container after this time')
    .option('--pidfile <file>', 'write the PID of the container to a file at each start')
    .option('--log-driver <driver>', 'k8s-file, json-file, none or passthrough')
    .option('--log-opt <name=value>', 'path=FILE, max-size=SIZE, max-file=COUNT or tag=TEMPLATE', collect)
    .option('--cidfile <file>', 'write the ID of the container to a file')
    .option('--entrypoint <command>', 'words in front of the command: one, or a JSON list')
    .option('--dry-run', 'print what would be done to the kernel, and make nothing')
    // -h is the host name here, as podman has it.
    .helpOption('--help', 'help for this command');
}

const PULL_POLICIES = ['missing', 'always', 'never', 'newer'] as const;
const IMAGE_VOLUMES = ['bind', 'tmpfs', 'ignore'] as const;

function parseChoice<T extends string>(
  flag: string,
  text: string | undefined,
  known: readonly T[],
): T | undefined {
  const found = known.find((word) => word === text);
  if (text !== undefined && found === undefined)
    throw new UsageError(`--${flag} ${JSON.stringify(text)} is not supported: give ${known.join(', ')}`);
  return found;
}

/** The root and the words that are left for the command. */
function parseRoot(
  flags: CreateFlags,
  words: readonly string[],
): {
  root: Pick<CreateOptions, 'image' | 'rootfs' | 'overlay' | 'hostRoot' | 'bundle'>;
  rest: readonly string[];
} {
  const { rootfs, hostRoot, bundle } = flags;
  const [first, ...others] = words;
  const directory = rootfs === true ? first : rootfs;
  const rest = rootfs === true ? others : words;
  if (rootfs === undefined && !hostRoot && bundle === undefined) {
    if (first !== undefined && first !== '') return { root: { image: first }, rest: others };
    throw new UsageError(
      'no root file system was given: name an image, or use --rootfs DIR, --host-root or --bundle DIR',
    );
  }
  if (rootfs !== undefined && !directory) throw new UsageError('--rootfs needs a directory');
  const overlay = directory?.endsWith(':O') === true;
  return {
    root: {
      ...(directory !== undefined && {
        rootfs: overlay ? directory.slice(0, -':O'.length) : directory,
        overlay,
      }),
      ...(hostRoot && { hostRoot }),
      ...(bundle !== undefined && { bundle }),
    },
    rest,
  };
}

function parseLabels(flags: CreateFlags): Record<string, string> {
  const lines = (flags.labelFile ?? []).flatMap((file) =>
    readNamedFile('label-file', file)
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#')),
  );
  return parsePairs('label', [...lines, ...(flags.label ?? [])], () => '');
}

/** What a bundle says itself: a flag for it would be ignored, which is worse than refused. */
const WITH_BUNDLE = new Set<string>([
  ...[
    'bundle',
    'rm',
    'interactive',
    'name',
    'replace',
    'label',
    'labelFile',
    'cgroupParent',
    'restart',
    'stopSignal',
    'stopTimeout',
    'timeout',
    'pidfile',
    'init',
    'logDriver',
    'logOpt',
  ],
  ...[
    'healthCmd',
    'healthInterval',
    'healthTimeout',
    'healthRetries',
    'healthStartPeriod',
    'healthOnFailure',
  ],
  ...[
    'healthStartupCmd',
    'healthStartupInterval',
    'healthStartupTimeout',
    'healthStartupRetries',
    'healthStartupSuccess',
    'healthcheck',
  ],
  ...['pod', 'podIdFile', 'requires'],
  ...['cidfile', 'dryRun', 'detach', 'detachKeys', 'sigProxy'],
]);

function refuseBesideBundle(flags: CreateFlags): void {
  // commander has `hosts` true where --no-hosts is not given.
  const other = Object.keys(flags).find(
    (name) => !WITH_BUNDLE.has(name) && !(name === 'hosts' && flags.hosts !== false),
  );
  if (flags.bundle === undefined || other === undefined) return;
  const written =
    other === 'hosts' ? 'no-hosts' : other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${written} cannot be used with --bundle: the bundle's config.json says it`);
}

/** The namespace among the values of --network: one of them, or networks. */
function networkNamespace({ network = [] }: CreateFlags): NamespaceChoice | undefined {
  const mode = networkMode(network);
  return mode === undefined ? undefined : parseNamespace('network', mode);
}

/**
 * What the flags and words of `run` and `create` ask for.
 *
 * @throws UsageError for a value that cannot be read; what it means is for the engine to judge
 */
export function parseCreateOptions(flags: CreateFlags, words: readonly string[]): CreateOptions {
  refuseBesideBundle(flags);
  const { root, rest } = parseRoot(flags, words);
  const entrypoint = parseEntrypoint(flags.entrypoint);
  // An image has an entrypoint of its own, whose place this one takes; elsewhere it is words in front of the others.
  const ofImage = root.image !== undefined;
  const command = ofImage ? rest : [...entrypoint, ...rest];
  if (command.length === 0 && !ofImage && flags.bundle === undefined)
    throw new UsageError('no command or entrypoint provided: name the program to run');
  const namespace = (flag: 'pid' | 'uts' | 'cgroupns') => {
    const text = flags[flag];
    return text === undefined ? undefined : parseNamespace(flag, text);
  };
  const { user, ...mappings } = parseUserNamespace(flags);
  const mounts = [
    ...(flags.volume ?? []).map(parseVolume),
    ...(flags.mount ?? []).map(parseMount),
    ...(flags.tmpfs ?? []).map(parseTmpfs),
  ];
  return {
    ...root,
    command,
    ...(ofImage && flags.entrypoint !== undefined && { entrypoint }),
    ...(ofImage && { pull: parseChoice('pull', flags.pull, PULL_POLICIES) }),
    ...(ofImage && { imageVolumes: parseChoice('image-volume', flags.imageVolume, IMAGE_VOLUMES) }),
    // podman takes an empty name for none.
    name: flags.name === '' ? undefined : flags.name,
    requires: flags.requires,
    remove: flags.rm,
    stdin: flags.interactive,
    terminal: flags.tty,
    env: parseEnvironment(flags),
    unsetEnv: flags.unsetenvAll === true ? 'ALL' : flags.unsetenv,
    cwd: flags.workdir,
    user: flags.user,
    groupAdd: flags.groupAdd,
    addHosts: flags.addHost,
    noHosts: flags.hosts === false,
    dns: flags.dns,
    dnsSearch: flags.dnsSearch,
    dnsOptions: flags.dnsOption,
    hostname: flags.hostname === false ? undefined : flags.hostname,
    noHostname: flags.hostname === false,
    labels: parseLabels(flags),
    annotations: parsePairs('annotation', flags.annotation ?? [], () => ''),
    mounts,
    volumesFrom: flags.volumesFrom,
    timezone: flags.tz,
    readOnlyRootfs: flags.readOnly,
    readWriteTmpfs: flags.readOnlyTmpfs,
    capAdd: flags.capAdd,
    capDrop: flags.capDrop,
    privileged: flags.privileged,
    hostDevices: flags.device?.map(parseDevice),
    deviceCgroupRules: flags.deviceCgroupRule?.map(parseDeviceRule),
    init: flags.init,
    expose: flags.expose,
    publishAll: flags.publishAll,
    ...parseNetworks(flags),
    ...parseSecurityOptions(flags.securityOpt ?? []),
    ...mappings,
    namespaces: {
      pid: namespace('pid'),
      ipc: flags.ipc === undefined ? undefined : parseIpc(flags.ipc),
      uts: namespace('uts'),
      network: networkNamespace(flags),
      cgroup: namespace('cgroupns'),
      user,
    },
    resources: parseResources(flags),
    ulimits: parseUlimits(flags.ulimit ?? []),
    oomScoreAdj:
      flags.oomScoreAdj === undefined ? undefined : parseWhole('oom-score-adj', flags.oomScoreAdj, -1000),
    sysctl: parseFullPairs('sysctl', flags.sysctl ?? []),
    shmSize: flags.shmSize === undefined ? undefined : parseSize('shm-size', flags.shmSize),
    umask: flags.umask === undefined ? undefined : parseUmask(flags.umask),
    restartPolicy: flags.restart,
    stopSignal: flags.stopSignal,
    stopTimeout: flags.stopTimeout === undefined ? undefined : parseWhole('stop-timeout', flags.stopTimeout),
    timeout: flags.timeout === undefined ? undefined : parseWhole('timeout', flags.timeout),
    pidFile: flags.pidfile,
    ...parseLog(flags),
    ...parseHealth(flags),
  };
}
