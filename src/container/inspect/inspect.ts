import type { ContainerConfig, StorageDriver } from '../../model/config.js';
import type { CheckConfig } from '../../model/healthcheck.js';
import type { ContainerState } from '../../model/state.js';
import { isBindMount } from '../../oci/bind-mount.js';
import { signalName } from '../../linux/processes/signals.js';
import type { ContainerCore } from '../core.js';
import { hostMountOf } from '../files/counted-mount.js';
import { healthOf } from '../health.js';
import { isoOfNanoseconds } from '../state/truth.js';
import { volumePath } from '../files/volumes.js';
import { hostConfigOf, type InspectHostConfig } from './host-config.js';
import { networkSettings, type InspectNetworkSettings } from './network-settings.js';

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
  /** All capabilities that its processes have, and can come to have. */
  readonly EffectiveCaps: readonly string[];
  readonly BoundingCaps: readonly string[];
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
  readonly NetworkSettings: InspectNetworkSettings;
  readonly HostConfig: InspectHostConfig;
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
    EffectiveCaps: spec.process.capabilities?.effective ?? [],
    BoundingCaps: spec.process.capabilities?.bounding ?? [],
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
    HostConfig: hostConfigOf(core),
  };
}
