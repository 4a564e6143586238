import { pause as pauseContainer, unpause as unpauseContainer } from '../container/pause.js';
import type { PodCore } from './core.js';
import { eachMember } from './each-member.js';

/** Freezes every container that runs. */
export function pause(pod: PodCore): Promise<void> {
  return eachMember(pod, 'pause', pauseContainer);
}

/** Lets every container that is paused go on. */
export function unpause(pod: PodCore): Promise<void> {
  return eachMember(pod, 'unpause', unpauseContainer);
}
