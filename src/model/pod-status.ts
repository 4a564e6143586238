import type { ContainerStatus } from './status.js';

/** The states of a pod, with libpod's strings. */
export const POD_STATUSES = [
  'Created',
  'Running',
  'Degraded',
  'Paused',
  'Stopped',
  'Exited',
  'Error',
] as const;
export type PodStatus = (typeof POD_STATUSES)[number];

/** What a container counts as for its pod. */
function kindOf(status: ContainerStatus): 'running' | 'paused' | 'ended' | 'created' | 'other' {
  switch (status) {
    // One that is stopping runs still; to a pod libpod shows no such state.
    case 'running':
    case 'stopping':
      return 'running';
    case 'paused':
      return 'paused';
    // Nothing of one that waits for its next run is there.
    case 'exited':
    case 'restarting':
      return 'ended';
    case 'configured':
    case 'created':
      return 'created';
    case 'unknown':
    case 'removing':
      return 'other';
    default:
      return status satisfies never;
  }
}

/**
 * The state of a pod, from those of all its containers, the infra container among them (libpod's GetPodStatus). Pure.
 *
 * All run: Running; some: Degraded. All are paused: Paused; all have ended: Exited; some, and none runs: Stopped. Else
 * Error if anything is wrong with one, and Created.
 */
export function podStatus(members: readonly ContainerStatus[]): PodStatus {
  const kinds = members.map(kindOf);
  const count = (kind: ReturnType<typeof kindOf>): number => kinds.filter((one) => one === kind).length;
  if (members.length === 0) return 'Created';
  if (count('running') === members.length) return 'Running';
  if (count('running') > 0) return 'Degraded';
  if (count('paused') === members.length) return 'Paused';
  if (count('ended') === members.length) return 'Exited';
  if (count('ended') > 0) return 'Stopped';
  return count('other') > 0 ? 'Error' : 'Created';
}
