import { LibpodError } from '../base/errors.js';
import type { CheckRequest, HealthRequest } from '../launch/request.js';
import { checkWords, HEALTH_STATUSES, type CheckConfig, type HealthStatus } from '../model/healthcheck.js';
import type { ContainerConfig } from '../model/config.js';
import type { ContainerState } from '../model/state.js';
import { isActive, requireState } from '../model/status.js';
import { MonitorConnection } from '../monitor/connection.js';
import { readHealth, type HealthRecord } from '../monitor/health-file.js';
import type { ContainerPaths } from '../records/paths.js';
import type { Access } from './locking/access.js';
import type { ContainerCore } from './core.js';
import { execProcess } from './exec/process.js';
import { prepareInside } from './exec/session-request.js';
import { hasTracers } from './exec/tracers.js';

/** What came of one healthcheck that was asked for. */
export interface HealthcheckResult {
  /** Whether the command succeeded. */
  readonly passed: boolean;
  /** How the container is, this check counted in. */
  readonly status: HealthStatus;
}

async function checkRequest(core: ContainerCore, check: CheckConfig): Promise<CheckRequest> {
  const { bytes } = await prepareInside(core, {
    // As the container's own user, which is known by its number: nothing is read from a process that is not there yet.
    process: execProcess(core, 0, checkWords(check.test), {}),
    stdin: false,
    late: hasTracers(core),
  });
  const { interval, timeout, retries } = check;
  return { program: bytes, interval, timeout, retries };
}

/** What the monitor needs to check a container's health. */
export async function healthRequest(core: ContainerCore): Promise<HealthRequest | undefined> {
  const { healthcheck, stopSignal, stopTimeout } = core.config;
  if (healthcheck === undefined) return undefined;
  const { startup } = healthcheck;
  return {
    ...(await checkRequest(core, healthcheck)),
    file: core.paths.health,
    stopped: core.paths.stoppedMark,
    startPeriod: healthcheck.startPeriod,
    action: healthcheck.onFailure,
    stopSignal,
    stopTimeout: Math.ceil(stopTimeout * 1000),
    startup: startup && { ...(await checkRequest(core, startup)), successes: startup.successes },
  };
}

/**
 * What is known of a container's health; undefined without a healthcheck, and before the first start of this boot. Of one
 * that has ended: how it was then.
 */
export function healthOf(
  { healthcheck }: Pick<ContainerConfig, 'healthcheck'>,
  paths: ContainerPaths,
  state: Pick<ContainerState, 'state' | 'pid'>,
): HealthRecord | undefined {
  if (healthcheck === undefined) return undefined;
  const record = readHealth(paths.health);
  // Between the start and the first word about it.
  if (isActive(state.state) && record?.pid !== state.pid)
    return { pid: state.pid, status: 'starting', failingStreak: 0, log: [] };
  return record;
}

/** The status of one that runs; undefined for any other, and without a healthcheck. */
export function healthStatusOf(
  config: Pick<ContainerConfig, 'healthcheck'>,
  paths: ContainerPaths,
  state: Pick<ContainerState, 'state' | 'pid'>,
): HealthStatus | undefined {
  const runs = isActive(state.state) && state.state !== 'created';
  return runs ? healthOf(config, paths, state)?.status : undefined;
}

/**
 * Runs the healthcheck now, whatever its interval; it counts like any other.
 *
 * @throws LibpodError ERR_INVALID_STATE unless the container runs, ERR_INVALID_ARGUMENT without a healthcheck
 */
export async function runHealthcheck(core: ContainerCore, access: Access): Promise<HealthcheckResult> {
  // No lock is held while it runs.
  const connection = await access((state) => {
    if (core.config.healthcheck === undefined)
      throw new LibpodError('ERR_INVALID_ARGUMENT', `container ${core.name} has no defined healthcheck`, {
        containerId: core.id,
      });
    requireState('healthcheck', state.state, core.name, core.id);
    return MonitorConnection.open(core.paths.controlSocket);
  });
  try {
    connection?.send({ type: 'health-run' });
    const answer = await connection?.next('health-checked');
    if (answer !== undefined)
      return { passed: answer.passed !== 0, status: HEALTH_STATUSES[answer.status] ?? 'unhealthy' };
  } finally {
    connection?.close();
  }
  throw new LibpodError('ERR_INVALID_STATE', `container ${core.name} ended before its healthcheck`, {
    containerId: core.id,
  });
}
