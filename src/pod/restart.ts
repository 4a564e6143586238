import type { PodCore } from './core.js';
import { start } from './start.js';
import { stop } from './stop.js';

/**
 * Stops all containers of a pod, and starts them: the namespaces that they share are new ones then. No lock is held in
 * between.
 *
 * @param timeout seconds between the stop signal and SIGKILL; each container's own unless given
 */
export async function restart(pod: PodCore, timeout: number | undefined): Promise<void> {
  await stop(pod, timeout, { kill: true });
  await start(pod);
}
