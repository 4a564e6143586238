import { kill as killContainer } from '../container/stop.js';
import type { PodCore } from './core.js';
import { eachMember } from './each-member.js';

/** Sends a signal to the first process of every container that has one. */
export function kill(pod: PodCore, signal: number): Promise<void> {
  return eachMember(pod, 'kill', (core, access) => killContainer(core, access, signal));
}
