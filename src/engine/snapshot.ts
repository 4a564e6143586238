import { LibpodError } from '../base/errors.js';
import type { ContainerConfig, PortMapping } from '../model/config.js';
import type { NamedVolume } from '../model/volume.js';
import type { RestartPolicyName } from '../model/restart-policy.js';
import { restartPolicyOf } from '../model/settings.js';
import type { ContainerStatus } from '../model/status.js';
import { healthStatusOf } from '../container/health.js';
import type { HealthStatus } from '../model/healthcheck.js';
import { glimpse } from '../container/glimpse.js';
import type { Services } from '../container/services.js';
import { isUnreadable } from '../records/unreadable.js';
import { setAside } from './damaged.js';

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

function summaryOf(services: Services, id: string): ContainerSummary | undefined {
  let config: ContainerConfig | undefined;
  try {
    config = services.records.config(id);
    // Removed since the directory was listed.
    if (config === undefined) return undefined;
    const truth = glimpse(services, config);
    if (truth === undefined) return undefined;
    const settings = services.records.settings(config);
    const { state, startedTime, finishedTime, exitCode, pid } = truth;
    return {
      id,
      name: settings.name,
      state,
      command: config.spec.process.args,
      createdTime: config.createdTime,
      startedTime,
      finishedTime,
      exitCode,
      pid,
      health:
        (config.healthcheck &&
          healthStatusOf(config, services.records.paths.container(id, config.autoRemove), truth)) ??
        '',
      labels: config.labels,
      rootfsName: config.rootfsName,
      ports: config.portMappings ?? [],
      volumes: config.namedVolumes ?? [],
      autoRemove: config.autoRemove,
      restartPolicy: restartPolicyOf(config, settings).name,
      stoppedByUser: settings.stoppedByUser ?? false,
      pod: config.pod ?? '',
      isInfra: config.isInfra === true,
    };
  } catch (error) {
    // One damaged record hides one container's details, never the list.
    if (!isUnreadable(error)) throw error;
    return {
      id,
      name: config?.name ?? '',
      state: 'unknown',
      command: config?.spec.process.args ?? [],
      createdTime: config?.createdTime ?? '',
      startedTime: '',
      finishedTime: '',
      exitCode: -1,
      pid: 0,
      health: '',
      labels: config?.labels ?? {},
      rootfsName: config?.rootfsName ?? '',
      ports: config?.portMappings ?? [],
      volumes: config?.namedVolumes ?? [],
      autoRemove: false,
      restartPolicy: 'no',
      stoppedByUser: false,
      pod: config?.pod ?? '',
      isInfra: config?.isInfra === true,
      problem: error,
    };
  }
}

/** All containers, the oldest first; those whose records are damaged are set aside, and listed all the same. */
export async function snapshot(services: Services): Promise<ContainerSummary[]> {
  const ids = await services.records.ids();
  const found = ids.flatMap((id) => summaryOf(services, id) ?? []);
  for (const { id, problem } of found)
    if (LibpodError.is(problem, 'ERR_RECORD_DAMAGED')) await setAside(services, id);
  return found.sort((a, b) => (a.createdTime < b.createdTime ? -1 : a.createdTime > b.createdTime ? 1 : 0));
}
