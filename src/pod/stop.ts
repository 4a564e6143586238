import { millisecondsOf } from '../base/seconds.js';
import { afterDependents } from '../container/after-dependents.js';
import { stop as stopContainer } from '../container/stop.js';
import type { PodCore } from './core.js';
import { attempt, raise, type MemberFailures } from './members.js';

/**
 * Stops all containers of a pod, each after those that depend on it, the infra container last. No lock of the pod's is held
 * while they are waited for.
 *
 * @param timeout seconds between the stop signal and SIGKILL; each container's own unless given
 * @param options.kill end those that are paused, too
 * @throws what kept the first one from stopping
 */
export async function stop(
  pod: PodCore,
  timeout: number | undefined,
  options: { readonly kill?: boolean } = {},
): Promise<void> {
  if (timeout !== undefined) millisecondsOf('the timeout of a stop', timeout);
  const members = await pod.locked(() => Promise.resolve(pod.members()));
  const failures: MemberFailures = [];
  await afterDependents(members, (core) =>
    attempt(failures, core, () => stopContainer(core, timeout ?? core.config.stopTimeout, options)),
  );
  raise(pod, 'stop', failures);
}
