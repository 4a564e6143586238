import type { LibpodError } from '../base/errors.js';
import type { ContainerConfig, PortMapping } from '../model/config.js';
import type { NamedVolume } from '../model/volume.js';
import type { RestartPolicyName } from '../model/restart-policy.js';
import { networksOf, restartPolicyOf } from '../model/settings.js';
import type { ContainerStatus } from '../model/status.js';
import { healthStatusOf } from '../container/health.js';
import type { HealthStatus } from '../model/healthcheck.js';
import { glimpseTruth } from '../container/state/glimpse.js';
import type { Services } from '../container/services.js';
import type { Truth } from '../container/state/truth.js';
import type { ContainerPaths } from '../records/paths.js';
import { isUnreadable } from '../records/unreadable.js';

/** One container of a listing. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerStatus;
  readonly command: readonly string[];
  /** ISO 8601, or '' for never. */
  readonly createdTime: string;
  readonly startedTime: string;
  readonly finishedTime: string;
  readonly exitCode: number;
  readonly pid: number;
  /** How its healthcheck finds it; '' for one that does not run, or has none. */
  readonly health: HealthStatus | '';
  readonly labels: Readonly<Record<string, string>>;
  /** The root directory, the bundle, or `host-root`. */
  readonly rootfsName: string;
  /** The ports of the host that lead to it. */
  readonly ports: readonly PortMapping[];
  /** The volumes that it has. */
  readonly volumes: readonly NamedVolume[];
  /** What is mounted in it of the host's, and where; and its volumes, by their names. */
  readonly mounts: readonly { readonly source: string; readonly destination: string }[];
  /** The names of the networks that it is in, or will be when it runs. */
  readonly networks: readonly string[];
  /** The full ID of the image that it was made of, or ''. */
  readonly imageId: string;
  readonly autoRemove: boolean;
  readonly restartPolicy: RestartPolicyName;
  /** Whether it was stopped on purpose, which `unless-stopped` remembers. */
  readonly stoppedByUser: boolean;
  /** The full ID of its pod, or ''. */
  readonly pod: string;
  /** Whether it is the infra container of its pod. */
  readonly isInfra: boolean;
  /** Why the container cannot be used, if its records are unreadable; its state then is `unknown`. */
  readonly problem?: LibpodError | undefined;
}

/** Whether a container is to be listed. */
export type ContainerFilter = (container: ContainerSummary) => boolean;

/** A summary, and what is known of the monitor; undefined where the records cannot be read. */
export interface Seen {
  readonly summary: ContainerSummary;
  readonly monitor: Truth['monitor'] | undefined;
}

/** Kinds of mounts whose source is nothing of the host's. */
const MADE = new Set(['proc', 'sysfs', 'tmpfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2']);

/** What a configuration tells, or, if it cannot be read, that nothing is known. */
function configured(id: string, config: ContainerConfig | undefined) {
  return {
    id,
    name: config?.name ?? '',
    command: config?.spec.process.args ?? [],
    createdTime: config?.createdTime ?? '',
    labels: config?.labels ?? {},
    rootfsName: config?.rootfsName ?? '',
    imageId: config?.rootfsImageID ?? '',
    ports: config?.portMappings ?? [],
    volumes: config?.namedVolumes ?? [],
    mounts: (config?.spec.mounts ?? [])
      .filter(({ type = 'bind' }) => !MADE.has(type))
      .map(({ source = '', destination }) => ({ source, destination })),
    autoRemove: config?.autoRemove ?? false,
    pod: config?.pod ?? '',
    isInfra: config?.isInfra === true,
  };
}

/** What is said of a container that nobody knows more of. */
const UNKNOWN = {
  state: 'unknown',
  startedTime: '',
  finishedTime: '',
  exitCode: -1,
  pid: 0,
  health: '',
  networks: [],
  restartPolicy: 'no',
  stoppedByUser: false,
} as const;

/**
 * Reads what there is to know about a container. Whatever it reads is among the files of `summaryFiles`.
 *
 * @returns undefined for one that is gone
 */
export function summaryOf(services: Services, id: string): Seen | undefined {
  let config: ContainerConfig | undefined;
  try {
    config = services.records.config(id);
    // Removed since the directory was listed.
    if (config === undefined) return undefined;
    const truth = glimpseTruth(services, config);
    if (truth === undefined) return undefined;
    const settings = services.records.settings(config);
    const { state, startedTime, finishedTime, exitCode, pid } = truth.state;
    const own = services.records.paths.container(id, config.autoRemove);
    const summary: ContainerSummary = {
      ...configured(id, config),
      name: settings.name,
      ...{ state, startedTime, finishedTime, exitCode, pid },
      health: (config.healthcheck && healthStatusOf(config, own, truth.state)) ?? '',
      networks: networksOf(config, settings).map(({ name }) => name),
      restartPolicy: restartPolicyOf(config, settings).name,
      stoppedByUser: settings.stoppedByUser ?? false,
    };
    return { summary, monitor: truth.monitor };
  } catch (error) {
    // One damaged record hides one container's details, never the list.
    if (!isUnreadable(error)) throw error;
    return { summary: { ...configured(id, config), ...UNKNOWN, problem: error }, monitor: undefined };
  }
}

/** The files that a summary is made of. */
export function summaryFiles({ config, settings, state, lock, health }: ContainerPaths): string[] {
  return [config, settings, state, lock, health];
}
