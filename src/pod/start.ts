import { LibpodError } from '../base/errors.js';
import { joinCompany, leaveCompanyIfEnded } from '../container/company.js';
import { startOrder } from '../container/dependencies.js';
import { startIfIdle } from '../container/start.js';
import { dependenciesOf } from '../model/dependencies.js';
import type { PodCore } from './core.js';
import { attempt, raise, type MemberFailures } from './members.js';

/**
 * Starts all containers of a pod that do not run, each after those that it depends on, under the pod's lock: nobody adds or
 * removes one meanwhile. Where one fails, those that depend on it are left, and the others start.
 *
 * @throws LibpodError ERR_INVALID_STATE for a pod without containers; what kept the first one from starting
 */
export function start(pod: PodCore): Promise<void> {
  return pod.locked(async () => {
    const members = pod.members();
    if (members.length === 0)
      throw new LibpodError('ERR_INVALID_STATE', `cannot start pod ${pod.name}: it has no containers`, {
        podId: pod.id,
      });
    const failures: MemberFailures = [];
    const down = new Set<string>();
    // All of them first: the end of one that has little to do is not the end of the pod.
    for (const core of members) await joinCompany(core);
    for (const core of startOrder(members)) {
      const blocked = dependenciesOf(core.config).some((id) => down.has(id));
      if (blocked || !(await attempt(failures, core, startIfIdle))) down.add(core.id);
    }
    for (const core of members) if (down.has(core.id)) leaveCompanyIfEnded(core);
    raise(pod, 'start', failures);
  });
}
