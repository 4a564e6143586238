import { LibpodError } from '../base/errors.js';
import { isWatched } from '../model/status.js';
import type { ContainerCore } from './core.js';
import { glimpse } from './state/glimpse.js';
import { sync } from './state/state.js';
import { stop } from './stop.js';

/**
 * The exit policy `stop` of pods: what engines do for it. Who is in the company, and what the monitors do, stands in
 * records/company.ts.
 */

/** The other containers of its pod. */
function podmates(core: ContainerCore): ContainerCore[] {
  const { pod } = core.config;
  const ids = pod === undefined ? [] : core.services.records.linkedTo(pod);
  return ids.filter((id) => id !== core.id).flatMap((id) => core.find(id) ?? []);
}

function hasEnded({ services, config }: ContainerCore): boolean {
  const state = glimpse(services, config)?.state;
  return state === undefined || state === 'exited';
}

/** Whether the infra container of its pod runs, or is about to. */
function runningInfra(core: ContainerCore): ContainerCore | undefined {
  return podmates(core).find(({ config, services }) => {
    const state = config.isInfra === true ? glimpse(services, config)?.state : undefined;
    return state !== undefined && isWatched(state);
  });
}

/** Counts a container no longer if it has ended: after a start that failed, or the death of its monitor. */
export function leaveCompanyIfEnded(core: ContainerCore): void {
  if (hasEnded(core)) core.services.records.leaveCompany(core.config);
}

/**
 * Before a container is started, and the infra container of its pod that it may depend on: from now on that one is not
 * stopped. If nobody was left before, it is on its way out, and its end is waited for.
 */
export async function joinCompany(core: ContainerCore): Promise<void> {
  const { company } = core.services.records;
  const directory = company.of(core.config);
  if (directory === undefined || core.config.isInfra === true) return;
  // What is left of an earlier run must have left before this one joins.
  await core.locked(() => sync(core));
  if (!company.join(directory, core.id)) return;
  const infra = runningInfra(core);
  if (infra !== undefined) await stop(infra, infra.config.stopTimeout, { kill: true });
}

/**
 * The same under the container's lock, where nobody is waited for; an infra container comes before its company, and counts
 * all that have not ended.
 *
 * @throws LibpodError ERR_INVALID_STATE if the pod is just stopping
 */
export function joinCompanyLocked(core: ContainerCore): void {
  const { company } = core.services.records;
  const directory = company.of(core.config);
  if (directory === undefined) return;
  if (core.config.isInfra === true) {
    company.begin(directory);
    for (const member of podmates(core)) {
      if (hasEnded(member)) continue;
      company.tryJoin(directory, member.id);
      // It may have ended in between.
      leaveCompanyIfEnded(member);
    }
  } else if (company.join(directory, core.id) && runningInfra(core) !== undefined) {
    core.services.records.leaveCompany(core.config);
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `cannot start container ${core.name}: its pod is just stopping, as its last container has ended; start it again`,
      { containerId: core.id },
    );
  }
}
