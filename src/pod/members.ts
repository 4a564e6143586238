import { LibpodError } from '../base/errors.js';
import type { ContainerCore } from '../container/core.js';
import { glimpse } from '../container/state/glimpse.js';
import type { ContainerStatus } from '../model/status.js';
import type { PodCore } from './core.js';

/** A container of a pod, as a look without locks finds it. */
export interface PodMember {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerStatus;
  readonly isInfra: boolean;
}

/** The containers of a pod, by ID; one that goes meanwhile is passed over. */
export function lookAtMembers(pod: PodCore): PodMember[] {
  return pod.members().flatMap((core) => {
    const truth = glimpse(core.services, core.config);
    if (truth === undefined) return [];
    const isInfra = core.config.isInfra === true;
    return { id: core.id, name: core.name, state: truth.state, isInfra };
  });
}

/** How work on the containers of a pod failed, by container. */
export type MemberFailures = { readonly core: ContainerCore; readonly error: unknown }[];

/**
 * Does something to a container, and notes a failure. One that somebody removes meanwhile is none.
 *
 * @returns whether it succeeded
 */
export async function attempt(
  failures: MemberFailures,
  core: ContainerCore,
  work: (core: ContainerCore) => Promise<unknown>,
): Promise<boolean> {
  try {
    await work(core);
    return true;
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_REMOVED')) failures.push({ core, error });
    return false;
  }
}

/**
 * Makes one error of all failures: the code is that of the first, the cause has all of them.
 *
 * @param verb what was to be done to the pod
 */
export function raise(pod: PodCore, verb: string, failures: MemberFailures): void {
  const [first] = failures;
  if (first === undefined) return;
  const sentence = first.error instanceof Error ? first.error.message : String(first.error);
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more of its containers)` : '';
  throw new LibpodError(
    LibpodError.is(first.error) ? first.error.code : 'ERR_SYSTEM',
    `cannot ${verb} all of pod ${pod.name}: container ${first.core.name}: ${sentence}${more}`,
    {
      podId: pod.id,
      containerId: first.core.id,
      cause: new AggregateError(
        failures.map(({ error }) => error),
        `cannot ${verb} pod ${pod.name}`,
      ),
    },
  );
}
