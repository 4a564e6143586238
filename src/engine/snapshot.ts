import { LibpodError } from '../base/errors.js';
import type { ContainerConfig } from '../model/config.js';
import { isActive, type ContainerStatus } from '../model/status.js';
import type { ContainerState } from '../model/state.js';
import { FileLock } from '../linux/file-lock.js';
import { readExitRecord } from '../monitor/exit-record.js';
import { exitChange } from '../container/state.js';
import type { Services } from '../container/services.js';

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
  readonly labels: Readonly<Record<string, string>>;
  /** The root directory, the bundle, or `host-root`. */
  readonly rootfsName: string;
  readonly autoRemove: boolean;
}

/**
 * The truth about a container as far as it can be seen without its lock and without asking its monitor. The init's PID
 * would not do: a zombie keeps it, and a monitor records the end only when all output is read, after the init has gone.
 */
function glimpse(services: Services, config: ContainerConfig): ContainerState {
  const own = services.records.paths.container(config.id, config.autoRemove);
  const state = services.records.state(own);
  if (!isActive(state.state)) return state;
  // The lock before the record: what a monitor that has let go of it had to record is there.
  const alive = FileLock.isHeld(own.lock, 'monitor');
  const exit = readExitRecord(own.exit);
  if (exit !== undefined) return { ...state, ...exitChange(exit) };
  return alive ? state : { ...state, state: 'exited', pid: 0, exitCode: -1 };
}

function summaryOf(services: Services, id: string): ContainerSummary | undefined {
  let config: ContainerConfig | undefined;
  try {
    config = services.records.config(id);
    // Removed since the directory was listed.
    if (config === undefined) return undefined;
    const { state, startedTime, finishedTime, exitCode, pid } = glimpse(services, config);
    return {
      id,
      name: config.name,
      state,
      command: config.spec.process.args,
      createdTime: config.createdTime,
      startedTime,
      finishedTime,
      exitCode,
      pid,
      labels: config.labels,
      rootfsName: config.rootfsName,
      autoRemove: config.autoRemove,
    };
  } catch (error) {
    // One damaged record hides one container's details, never the list.
    if (!LibpodError.is(error, 'ERR_RECORD_DAMAGED')) throw error;
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
      labels: config?.labels ?? {},
      rootfsName: config?.rootfsName ?? '',
      autoRemove: false,
    };
  }
}

/** All containers, the oldest first. */
export async function snapshot(services: Services): Promise<ContainerSummary[]> {
  const ids = await services.records.ids();
  return ids
    .flatMap((id) => summaryOf(services, id) ?? [])
    .sort((a, b) => (a.createdTime < b.createdTime ? -1 : a.createdTime > b.createdTime ? 1 : 0));
}
