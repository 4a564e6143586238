import { cgroupDirectory } from '../base/cgroup-hierarchy.js';
import type { ProgramBuilder } from './program.js';
import type { HealthRequest, LaunchRequest } from './request.js';

/** The numbers of native/monitor/health.h. */
const ACTIONS: Readonly<Record<HealthRequest['action'], number>> = { none: 0, kill: 1, restart: 2, stop: 3 };

/** The file that says whether the container is paused: of version 2 where there is one, as `pause` has it. */
function freezerFile({ cgroups, cgroupPath }: LaunchRequest): string {
  const unified = cgroups.find(({ version }) => version === 2);
  if (unified !== undefined) return `${cgroupDirectory(unified, cgroupPath)}/cgroup.freeze`;
  const freezer = cgroups.find(({ controllers }) => controllers.includes('freezer'));
  return freezer === undefined ? '' : `${cgroupDirectory(freezer, cgroupPath)}/freezer.state`;
}

export function compileHealth(builder: ProgramBuilder, request: LaunchRequest): void {
  const { health } = request;
  if (health === undefined) return;
  builder.add(
    'prepare',
    {
      op: 'healthcheck',
      file: health.file,
      frozen: freezerFile(request),
      intervalMs: BigInt(health.interval),
      timeoutMs: BigInt(health.timeout),
      retries: health.retries,
      startPeriodMs: BigInt(health.startPeriod),
      action: ACTIONS[health.action],
      stopSignal: health.stopSignal,
      stopTimeoutMs: BigInt(health.stopTimeout),
      program: health.program,
      stopped: health.stopped,
    },
    'check the health of the container',
  );
  const { startup } = health;
  if (startup === undefined) return;
  builder.add(
    'prepare',
    {
      op: 'startup-healthcheck',
      intervalMs: BigInt(startup.interval),
      timeoutMs: BigInt(startup.timeout),
      retries: startup.retries,
      successes: startup.successes,
      program: startup.program,
    },
    'check first whether it has started up',
  );
}
