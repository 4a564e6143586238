import { LibpodError } from '../../base/errors.js';
import { CONFIGURED, type ContainerState } from '../../model/state.js';
import type { ContainerRecords } from '../../records/container-records.js';
import type { ContainerPaths } from '../../records/paths.js';
import { ofContainer } from '../../records/unreadable.js';

/**
 * The state that engines recorded of a container. One that is damaged counts as that of a container that was never
 * started: what happened to it since its monitor tells.
 *
 * @throws LibpodError ERR_RECORD_NEWER
 */
export function recordedState(
  records: ContainerRecords,
  id: string,
  own: ContainerPaths,
): { readonly recorded: ContainerState; readonly damaged: boolean } {
  try {
    return { recorded: ofContainer(id, () => records.state(own)), damaged: false };
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_RECORD_DAMAGED')) throw error;
    return { recorded: CONFIGURED, damaged: true };
  }
}
