import type { ContainerConfig } from '../../model/config.js';
import type { ContainerState } from '../../model/state.js';
import { recordedState } from './recorded.js';
import type { Services } from '../services.js';
import { traceOf } from './trace.js';
import { truthOf, type Truth } from './truth.js';

/**
 * The truth about a container as far as it can be seen without its lock; undefined for a throwaway one that has gone since.
 */
export function glimpseTruth(services: Services, config: ContainerConfig): Truth | undefined {
  const own = services.records.paths.container(config.id, config.autoRemove);
  const { recorded } = recordedState(services.records, config.id, own);
  const trace = traceOf(config.id, own);
  // Of a container that has not been used since the boot there is nothing there.
  if (trace === undefined) return config.autoRemove ? undefined : { state: recorded, monitor: 'none' };
  return truthOf(recorded, trace, new Date().toISOString());
}

/** The state of it alone. */
export function glimpse(services: Services, config: ContainerConfig): ContainerState | undefined {
  return glimpseTruth(services, config)?.state;
}
