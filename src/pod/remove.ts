import { LibpodError } from '../base/errors.js';
import { afterDependents } from '../container/after-dependents.js';
import type { ContainerCore } from '../container/core.js';
import { stop } from '../container/stop.js';
import { glimpse } from '../container/state/glimpse.js';
import { remove as removeContainer } from '../container/remove.js';
import { cgroupDirectory } from '../base/cgroup-hierarchy.js';
import { killCgroup, removeCgroup } from '../linux/cgroups/cgroups.js';
import { isActive } from '../model/status.js';
import { flag, number, object, requireShape } from '../spec/shape.js';
import type { PodCore } from './core.js';
import { attempt, raise, type MemberFailures } from './members.js';

/** How a pod is removed. */
export interface PodRemoveOptions {
  /** Stop its containers first if they run. */
  readonly force?: boolean | undefined;
  /** Seconds between the stop signal and SIGKILL when forced; each container's own unless given. */
  readonly timeout?: number | undefined;
}

const REMOVE_OPTIONS = object<PodRemoveOptions>({ force: flag, timeout: number });

/**
 * Removes a pod with all its containers.
 *
 * The containers go first, each under its own lock, so that none is waited for under the pod's. Then, under the pod's lock,
 * where nobody can add another one, the pod itself, if nothing is left but its infra container; else once more.
 *
 * @throws LibpodError ERR_INVALID_STATE if one of its containers runs and `force` is not set; ERR_DEPENDENCY if a container
 *   outside of the pod depends on one of it
 */
export async function remove(pod: PodCore, options: PodRemoveOptions = {}): Promise<void> {
  requireShape('remove', REMOVE_OPTIONS, options);
  for (;;) {
    const members = await pod.locked(() => {
      refuseOutsiders(pod);
      if (options.force !== true) refuseActive(pod);
      return Promise.resolve(pod.members());
    });
    const failures: MemberFailures = [];
    // The infra container is only made ready to go: it goes with the pod.
    await afterDependents(members, (core) =>
      attempt(failures, core, () =>
        core.config.isInfra === true ? stopForRemoval(core, options) : removeContainer(core, options),
      ),
    );
    raise(pod, 'remove', failures);
    if (await removeIfEmpty(pod)) return;
  }
}

/** Stops an infra container, if it has to be. */
async function stopForRemoval(core: ContainerCore, { force, timeout }: PodRemoveOptions): Promise<void> {
  // In a created one nothing runs yet.
  const created = glimpse(core.services, core.config)?.state === 'created';
  if (force !== true && !created) return;
  await stop(core, timeout ?? core.config.stopTimeout, { kill: true });
}

/** Removes the pod if it has no container but the infra container, and that does not run. */
function removeIfEmpty(pod: PodCore): Promise<boolean> {
  return pod.locked(async () => {
    const members = pod.members();
    const busy = members.some(
      (core) =>
        core.config.isInfra !== true || isActive(glimpse(core.services, core.config)?.state ?? 'exited'),
    );
    if (busy) return false;
    await pod.services.pods.remove(pod.config, async () => {
      for (const core of members) await removeContainer(core, {}, { withPod: true });
    });
    await removePodCgroup(pod);
    return true;
  });
}

/** Takes away the pod's cgroups; whatever may be left in them is killed. */
async function removePodCgroup({ services, config }: PodCore): Promise<void> {
  const directories = services.containers.cgroups.map((hierarchy) =>
    cgroupDirectory(hierarchy, config.cgroupPath),
  );
  for (const directory of directories) await killCgroup(directory);
  for (const directory of directories) await removeCgroup(directory);
}

function refuseActive(pod: PodCore): void {
  const running = pod
    .members()
    .filter((core) =>
      ['running', 'stopping', 'paused'].includes(glimpse(core.services, core.config)?.state ?? ''),
    );
  if (running.length === 0) return;
  const names = running.map(({ name }) => name).join(', ');
  throw new LibpodError(
    'ERR_INVALID_STATE',
    `cannot remove pod ${pod.name}: ${names} ${running.length === 1 ? 'runs' : 'run'}; stop the pod first, or remove it by force`,
    { podId: pod.id },
  );
}

/** A container that is in no pod, or in another one, may have joined a namespace of a container of this one. */
function refuseOutsiders(pod: PodCore): void {
  for (const core of pod.members()) {
    for (const id of core.services.records.linkedTo(core.id)) {
      const dependent = core.find(id);
      if (dependent === undefined || dependent.config.pod === pod.id) continue;
      throw new LibpodError(
        'ERR_DEPENDENCY',
        `cannot remove pod ${pod.name}: container ${dependent.name}, which is not in it, depends on container ${core.name}; remove that one first`,
        { podId: pod.id, containerId: dependent.id },
      );
    }
  }
}
