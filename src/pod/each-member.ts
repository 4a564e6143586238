import { LibpodError } from '../base/errors.js';
import { lockedAccess, type Access } from '../container/locking/access.js';
import type { ContainerCore } from '../container/core.js';
import { isAllowed, type Verb } from '../model/status.js';
import type { PodCore } from './core.js';
import { attempt, raise, type MemberFailures } from './members.js';

/**
 * Does to all containers of a pod what their state allows, under the pod's lock and each container's own; the others are
 * left as they are.
 *
 * @throws what kept the first one from it
 */
export function eachMember(
  pod: PodCore,
  verb: Verb,
  work: (core: ContainerCore, access: Access) => Promise<void>,
): Promise<void> {
  return pod.locked(async () => {
    const failures: MemberFailures = [];
    const one = (core: ContainerCore): Promise<void> =>
      lockedAccess(core)(async (state) => {
        // The state was just brought up to date, and the lock is held: the verb goes on from there.
        if (isAllowed(verb, state.state)) await work(core, (run) => run(state));
      });
    await Promise.all(pod.members().map((core) => attempt(failures, core, one)));
    // One that ended by itself between the look and the deed needs nothing done.
    raise(
      pod,
      verb,
      failures.filter(({ error }) => !(verb === 'kill' && LibpodError.is(error, 'ERR_INVALID_STATE'))),
    );
  });
}
