import { LibpodError } from '../base/errors.js';
import { lockedAccess } from '../container/locking/access.js';
import { top as topOfContainer, type ContainerTop } from '../container/top/top.js';
import type { PodCore } from './core.js';
import { lookAtMembers } from './members.js';

/**
 * The processes of all containers of a pod that run, the infra container's pause too.
 *
 * @throws LibpodError ERR_INVALID_STATE if none runs, ERR_INVALID_ARGUMENT for a descriptor that is not known
 */
export async function top(pod: PodCore, descriptors: readonly string[]): Promise<ContainerTop> {
  const running = new Set(
    lookAtMembers(pod)
      .filter(({ state }) => state === 'running' || state === 'paused' || state === 'stopping')
      .map(({ id }) => id),
  );
  const looks = pod
    .members()
    .filter(({ id }) => running.has(id))
    .map((core) => topOfContainer(core, lockedAccess(core), descriptors));
  const found = (await Promise.allSettled(looks)).flatMap((look) => {
    if (look.status === 'fulfilled') return look.value;
    // One that has ended since has no processes.
    const ended =
      LibpodError.is(look.reason, 'ERR_INVALID_STATE') || LibpodError.is(look.reason, 'ERR_REMOVED');
    if (!ended) throw look.reason;
    return [];
  });
  const [first] = found;
  if (first === undefined)
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `top can only be used on pods with at least one running container: start pod ${pod.name} first`,
      { podId: pod.id },
    );
  return { titles: first.titles, processes: found.flatMap(({ processes }) => processes) };
}
