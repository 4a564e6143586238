import { millisecondsOf } from '../base/seconds.js';
import { isActive } from '../model/status.js';
import { lockedAccess } from './locking/access.js';
import type { ContainerCore } from './core.js';
import { startDependencies } from './dependencies.js';
import { start } from './start.js';
import { stop } from './stop.js';
import { tell } from './tell.js';

/**
 * Stops a container that runs, and starts it; one that does not run is only started. No lock is held in between: somebody
 * else may start it then, which this start refuses as any other.
 *
 * @param timeout seconds between the stop signal and SIGKILL
 */
export async function restart(core: ContainerCore, timeout: number): Promise<void> {
  millisecondsOf('the timeout of a restart', timeout);
  const access = lockedAccess(core);
  const { state } = await access((current) => Promise.resolve(current));
  await tell(core, 'restart');
  if (isActive(state) && state !== 'created') await stop(core, timeout);
  await startDependencies(core);
  await start(core, access);
}
