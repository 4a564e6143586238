import type { ContainerConfig, IdMappings, StorageDriver } from '../model/config.js';
import type { CheckConfig } from '../model/healthcheck.js';
import { networksOf, resourcesOf, restartPolicyOf } from '../model/settings.js';
import type { ContainerState } from '../model/state.js';
import { isBindMount } from '../oci/bind-mount.js';
import { signalName } from '../linux/processes/signals.js';
import type { ContainerCore } from './core.js';
import { hostMountOf } from './files/mount.js';
import { healthOf } from './health.js';
import { isoOfNanoseconds } from './state/truth.js';
import { logFileOf, logTagOf } from './logs/request.js';
import { DEFAULT_NETWORK } from '../network/networks.js';
import { attachmentsOf } from './networks/networks.js';
import { volumePath } from './files/volumes.js';
import { shmSizeOf } from './shm.js';

/** A time that was never, as podman's inspect shows it. */
const NEVER = '0001-01-01T00:00:00Z';

/** A healthcheck as docker and podman write it. */
interface InspectCheck {
  readonly Test: readonly string[];
  readonly Interval: number;
  readonly Timeout: number;
  readonly Retries: number;
}

/** What `inspect` tells of a container; names and shapes follow podman's. */
export interface ContainerInspect {
  readonly Id: string;
  readonly Created: string;
  readonly Path: string;
  readonly Args: readonly string[];
  readonly State: {
    readonly OciVersion: string;
    readonly Status: string;
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly Restarting: boolean;
    readonly OOMKilled: boolean;
    readonly Dead: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    /** Why its restart policy could not run it again; or ''. */
    readonly Error: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    /** Bytes of output that a full disk kept out of the log. */
    readonly LogBytesLost: number;
    /** Of the healthcheck; `Status` is '' without one, and before the first start. */
    readonly Health: {
      readonly Status: string;
      readonly FailingStreak: number;
      /** The last five checks, the oldest first. */
      readonly Log:
        | readonly {
            readonly Start: string;
            readonly End: string;
            readonly ExitCode: number;
            readonly Output: string;
          }[]
        | null;
    };
  };
  readonly RestartCount: number;
  /** Bytes that it wrote, and of all its files; only if they were asked for. */
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Rootfs: string;
  /** The storage driver, and the directories of layers; absent for a root that is a directory as it stands. */
  readonly GraphDriver?:
    { readonly Name: StorageDriver; readonly Data: Readonly<Record<string, string>> } | undefined;
  readonly ImageName: string;
  readonly Name: string;
  readonly OCIRuntime: string;
  readonly StaticDir: string;
  readonly RunDir: string;
  readonly Mounts: readonly {
    readonly Type: string;
    /** Of a volume. */
    readonly Name?: string;
    readonly Driver?: string;
    readonly Source: string;
    readonly Destination: string;
    readonly Options: readonly string[];
    readonly RW: boolean;
  }[];
  readonly Config: {
    readonly Hostname: string;
    readonly User: string;
    readonly Env: readonly string[];
    readonly Cmd: readonly string[];
    readonly WorkingDir: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly StopSignal: string;
    readonly StopTimeout: number;
    readonly Tty: boolean;
    readonly OpenStdin: boolean;
    readonly StdinOnce: boolean;
    /** Times are in nanoseconds. */
    readonly Healthcheck?: InspectCheck & { readonly StartPeriod: number };
    readonly StartupHealthCheck?: InspectCheck & { readonly Successes: number };
    readonly HealthcheckOnFailureAction?: string;
  };
  readonly NetworkSettings: {
    /** Of the first network. */
    readonly IPAddress: string;
    readonly IPPrefixLen: number;
    readonly Gateway: string;
    readonly MacAddress: string;
    /** By port and protocol of the container, such as `80/tcp`. */
    readonly Ports: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>
    >;
    readonly Networks: Readonly<
      Record<
        string,
        {
          readonly IPAddress: string;
          readonly IPPrefixLen: number;
          readonly GlobalIPv6Address: string;
          readonly GlobalIPv6PrefixLen: number;
          readonly Gateway: string;
          readonly IPv6Gateway: string;
          readonly MacAddress: string;
          readonly Aliases: readonly string[];
        }
      >
    >;
  };
  readonly HostConfig: {
    readonly AutoRemove: boolean;
    readonly CgroupParent: string;
    readonly CgroupPath: string;
    readonly LogConfig: {
      readonly Type: string;
      readonly Path: string;
      readonly Tag: string;
      /** The size at which the log is continued in a new file; `0B` for never. */
      readonly Size: string;
    };
    readonly Privileged: boolean;
    readonly ReadonlyRootfs: boolean;
    readonly CapAdd: readonly string[];
    readonly NetworkMode: string;
    readonly RestartPolicy: { readonly Name: string; readonly MaximumRetryCount: number };
    readonly PidsLimit: number;
    readonly Memory: number;
    readonly ShmSize: number;
    /** `private` for a user namespace of its own, `container:ID` for another container's, or ''. */
    readonly UsernsMode: string;
    /** Lines `CONTAINER:HOST:SIZE`. */
    readonly IDMappings: { readonly UidMap: readonly string[]; readonly GidMap: readonly string[] } | null;
  };
}

function mountsOf(core: ContainerCore): ContainerInspect['Mounts'] {
  const { spec, namedVolumes = [] } = core.config;
  const volumes = namedVolumes.map((volume) => ({
    Type: 'volume',
    Name: volume.name,
    Source: volumePath(core, volume),
    Destination: volume.dest,
    Driver: 'local',
    Options: volume.options,
    RW: !volume.options.includes('ro'),
  }));
  const binds = (spec.mounts ?? []).filter(isBindMount).map(({ source = '', destination, options = [] }) => ({
    Type: 'bind',
    Source: source,
    Destination: destination,
    Options: options,
    RW: !options.includes('ro'),
  }));
  return [...volumes, ...binds];
}

function usernsModeOf({ userNsCtr, spec }: ContainerConfig): string {
  if (userNsCtr !== undefined) return `container:${userNsCtr}`;
  const user = spec.linux?.namespaces?.find(({ type }) => type === 'user');
  return user === undefined ? '' : user.path ? `ns:${user.path}` : 'private';
}

function idMappingsOf({ idMappings }: ContainerConfig): ContainerInspect['HostConfig']['IDMappings'] {
  if (idMappings === undefined) return null;
  const lines = (map: IdMappings['uid']): string[] =>
    map.map(({ containerID, hostID, size }) => `${containerID}:${hostID}:${size}`);
  return { UidMap: lines(idMappings.uid), GidMap: lines(idMappings.gid) };
}

/** The networks of a container: those that it is in while it runs, else those that it is configured to be in. */
function networkSettings(core: ContainerCore, state: ContainerState): ContainerInspect['NetworkSettings'] {
  const lives = state.pid > 0 && core.config.createNetNS;
  const found = lives ? attachmentsOf(core) : [];
  const choices = networksOf(core.config, core.settings);
  const configured = lives ? found.map(({ network }) => network) : choices.map(({ name }) => name);
  const Networks = Object.fromEntries(
    configured.map((name) => {
      const one = found.find(({ network }) => network === name);
      const four = one?.addresses.find(({ address }) => !address.includes(':'));
      const six = one?.addresses.find(({ address }) => address.includes(':'));
      return [
        name,
        {
          IPAddress: four?.address ?? '',
          IPPrefixLen: four?.prefix ?? 0,
          GlobalIPv6Address: six?.address ?? '',
          GlobalIPv6PrefixLen: six?.prefix ?? 0,
          Gateway: one?.gateways.find((gateway) => !gateway.includes(':')) ?? '',
          IPv6Gateway: one?.gateways.find((gateway) => gateway.includes(':')) ?? '',
          MacAddress: one?.mac ?? '',
          Aliases: [...(choices.find((choice) => choice.name === name)?.aliases ?? []), core.id.slice(0, 12)],
        },
      ];
    }),
  );
  const Ports: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { hostIP, hostPort, containerPort, protocol } of core.config.portMappings ?? [])
    (Ports[`${containerPort}/${protocol}`] ??= []).push({ HostIp: hostIP, HostPort: String(hostPort) });
  const first = Networks[configured[0] ?? ''];
  return {
    IPAddress: first?.IPAddress ?? '',
    IPPrefixLen: first?.IPPrefixLen ?? 0,
    Gateway: first?.Gateway ?? '',
    MacAddress: first?.MacAddress ?? '',
    Ports,
    Networks,
  };
}

/** As --network takes it: a network, `private`, `host`, `container:ID` or `ns:PATH`. */
function networkModeOf({ config, settings }: ContainerCore): string {
  const { netNsCtr, createNetNS, spec } = config;
  const networks = networksOf(config, settings);
  if (networks.length > 0)
    return networks.length === 1 && networks[0]?.name === DEFAULT_NETWORK
      ? 'bridge'
      : networks.map(({ name }) => name).join(',');
  if (netNsCtr !== undefined) return `container:${netNsCtr}`;
  const path = spec.linux?.namespaces?.find(({ type }) => type === 'network')?.path;
  return path ? `ns:${path}` : createNetNS ? 'private' : 'host';
}

function healthState(
  { config, paths }: ContainerCore,
  state: ContainerState,
): ContainerInspect['State']['Health'] {
  const health = healthOf(config, paths, state);
  if (health === undefined) return { Status: '', FailingStreak: 0, Log: null };
  return {
    Status: health.status,
    FailingStreak: health.failingStreak,
    Log: health.log.map(({ startedNs, finishedNs, exitCode, output }) => ({
      Start: isoOfNanoseconds(startedNs),
      End: isoOfNanoseconds(finishedNs),
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

function inspectCheck({ test, interval, timeout, retries }: CheckConfig): InspectCheck {
  return { Test: test, Interval: interval * 1e6, Timeout: timeout * 1e6, Retries: retries };
}

function healthSettings({ healthcheck }: ContainerConfig): Partial<ContainerInspect['Config']> {
  if (healthcheck === undefined) return {};
  const { startPeriod, startup, onFailure } = healthcheck;
  return {
    Healthcheck: { ...inspectCheck(healthcheck), StartPeriod: startPeriod * 1e6 },
    ...(startup && { StartupHealthCheck: { ...inspectCheck(startup), Successes: startup.successes } }),
    HealthcheckOnFailureAction: onFailure,
  };
}

/** Where its root comes from: a directory, or layers, the topmost first. */
function rootPaths({ root }: ContainerConfig): string {
  if (root.kind === 'overlay') return root.lower.join(':');
  return root.kind === 'copy' ? root.of : root.directory;
}

/** How its root is kept; undefined for a directory that is used as it stands. */
function graphDriver({ config, paths }: ContainerCore): ContainerInspect['GraphDriver'] {
  const { root } = config;
  if (root.kind === 'directory') return undefined;
  if (root.kind === 'copy') return { Name: 'vfs', Data: {} };
  const data = { LowerDir: root.lower.join(':'), UpperDir: paths.upper, WorkDir: paths.work };
  const mounted = hostMountOf(paths);
  return { Name: 'overlay', Data: { ...data, ...(mounted !== undefined && { MergedDir: mounted }) } };
}

/** Tells all about a container, from its records. */
export function describe(core: ContainerCore, state: ContainerState): ContainerInspect {
  const { config, paths } = core;
  const { spec } = config;
  const resources = resourcesOf(config, core.settings);
  const policy = restartPolicyOf(config, core.settings);
  const [path = '', ...args] = spec.process.args;
  return {
    Id: config.id,
    Created: config.createdTime,
    Path: path,
    Args: args,
    State: {
      OciVersion: spec.ociVersion,
      Status: state.state,
      Running: state.state === 'running' || state.state === 'stopping',
      Paused: state.state === 'paused',
      Restarting: state.state === 'restarting',
      OOMKilled: state.oomKilled,
      Dead: false,
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error ?? '',
      StartedAt: state.startedTime || NEVER,
      FinishedAt: state.finishedTime || NEVER,
      LogBytesLost: state.logLost,
      Health: healthState(core, state),
    },
    RestartCount: state.restartCount ?? 0,
    Rootfs: rootPaths(config),
    GraphDriver: graphDriver(core),
    ImageName: config.rootfsName,
    Name: core.name,
    OCIRuntime: config.runtimeName,
    StaticDir: paths.static,
    RunDir: paths.run,
    Mounts: mountsOf(core),
    Config: {
      Hostname: spec.hostname ?? '',
      User: config.user,
      Env: spec.process.env ?? [],
      Cmd: spec.process.args,
      WorkingDir: spec.process.cwd,
      Labels: config.labels,
      StopSignal: signalName(config.stopSignal),
      StopTimeout: config.stopTimeout,
      Tty: spec.process.terminal === true,
      OpenStdin: config.stdin,
      StdinOnce: config.stdinOnce ?? false,
      ...healthSettings(config),
    },
    NetworkSettings: networkSettings(core, state),
    HostConfig: {
      AutoRemove: config.autoRemove,
      CgroupParent: config.cgroupParent,
      CgroupPath: config.cgroupPath,
      LogConfig: {
        Type: config.logDriver,
        Path: logFileOf(core),
        Tag: logTagOf(core),
        Size: config.logMaxSize === undefined ? '0B' : `${config.logMaxSize}B`,
      },
      Privileged: config.privileged,
      ReadonlyRootfs: spec.root.readonly === true,
      CapAdd: spec.process.capabilities?.bounding ?? [],
      NetworkMode: networkModeOf(core),
      RestartPolicy: { Name: policy.name, MaximumRetryCount: policy.retries },
      PidsLimit: resources?.pids?.limit ?? 0,
      Memory: resources?.memory?.limit ?? 0,
      ShmSize: shmSizeOf(config),
      UsernsMode: usernsModeOf(config),
      IDMappings: idMappingsOf(config),
    },
  };
}
